// The port to EC2: private addresses of the machines under container instances.
export interface AddressBook {
  /** By EC2 instance id. Ids that EC2 does not know (any more) are absent from the answer. */
  lookUp(ec2InstanceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
