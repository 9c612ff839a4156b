// Private addresses of EC2 instances by the SDK. Nothing else is read from EC2.
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { AddressBook } from "../ecs/address-book.ts";

/** An instance that was terminated fails the whole call when it is asked for by id; a filter passes it over. */
export function createAddressBook(client: EC2Client): AddressBook {
  return {
    lookUp: async (ec2InstanceIds) => {
      const addresses = new Map<string, string>();
      let NextToken: string | undefined;
      do {
        const answer = await client.send(
          new DescribeInstancesCommand({
            Filters: [{ Name: "instance-id", Values: [...ec2InstanceIds] }],
            MaxResults: 1000,
            NextToken,
          }),
        );
        for (const { Instances = [] } of answer.Reservations ?? [])
          for (const { InstanceId, PrivateIpAddress } of Instances)
            if (InstanceId && PrivateIpAddress) addresses.set(InstanceId, PrivateIpAddress);
        NextToken = answer.NextToken;
      } while (NextToken);
      return addresses;
    },
  };
}
