// What people write about other accounts is read, in YAML and in JSON, or refused with the entry and what it takes.
import { expect, test } from "vitest";
import { readAccountEntries } from "./accounts.ts";

const entry = {
  account: "222233334444",
  roleArn: "arn:aws:iam::222233334444:role/longshore",
  regions: ["eu-west-1", "us-east-1"],
};

test("reads a list, in YAML or JSON, alone or under accounts", () => {
  const yaml = `
accounts:
  - account: "222233334444"
    roleArn: arn:aws:iam::222233334444:role/longshore
    regions: [eu-west-1, us-east-1]
  - account: "111122223333"
    externalId: pier-7
    regions: [ap-south-1]
`;
  const one = { ...entry, externalId: undefined };
  expect(readAccountEntries(JSON.stringify([entry]))).toEqual({ entries: [one] });
  const own = { account: "111122223333", roleArn: undefined, externalId: "pier-7" };
  expect(readAccountEntries(yaml)).toEqual({
    entries: [one, { ...own, regions: ["ap-south-1"] }],
  });
});

test.each([
  ["{ not: [closed", "neither YAML nor JSON"],
  ["accounts: 5", "takes a list of accounts"],
  ["[]", "takes a list of accounts"],
  [
    "- account: 222233334444\n  regions: [eu-west-1]",
    "entry 1 has no account of twelve digits in quotes",
  ],
  [JSON.stringify([{ ...entry, regions: [] }]), "entry 1 has no list of regions"],
  [JSON.stringify([{ ...entry, regions: ["Ireland!"] }]), "a region that is none"],
  [JSON.stringify([entry, { ...entry, region: "x" }]), 'entry 2 has "region": it takes account,'],
  [JSON.stringify([entry, entry]), "entry 2 names 222233334444 eu-west-1 once more"],
  [
    JSON.stringify([{ ...entry, roleArn: "arn:aws:iam::999999999999:role/x" }]),
    "entry 1 has a roleArn that is no role of its account",
  ],
])("refuses %s", (text, problem) => {
  expect(readAccountEntries(text)).toEqual({ problem: expect.stringContaining(problem) });
});
