// What doctor concludes from facts that no test machine can be made to have.
import { describe, expect, test } from "vitest";
import { describeSource, principalOf } from "./credentials.ts";
import { classify, remedy } from "./fault.ts";
import { formatFinding, redactor } from "./finding.ts";
import { judgeClusters } from "./permissions.ts";
import { parseProfiles, profileProblem } from "./profile.ts";
import { judgeRedrive } from "./queue.ts";
import { judgeRedisFault } from "./redis.ts";
import { judgeRedis } from "./redis-facts.ts";
import { judgeRegion, regionOfQueueUrl } from "./region.ts";
import { infoOf } from "../store/info.ts";

function redisLines(info: string, save: string | undefined = "", skewMs = 0): string[] {
  return judgeRedis({ info: infoOf(info), syncs: new Map(), save, skewMs }).map(formatFinding);
}

const good =
  "# Server\r\nredis_version:7.2.4\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\nrole:master";

describe("Redis", () => {
  test.each([
    ["6.0.16", /^fail .*lacks commands/],
    ["5.0.14", /^fail/],
    ["6.2.0", /^ok/],
    ["10.0.0", /^ok/],
  ])("version %s", (version, expected) => {
    expect(redisLines(good.replace("7.2.4", version))[0]).toMatch(expected);
  });

  test("Valkey goes by its own name", () => {
    expect(redisLines(`${good}\nvalkey_version:8.1.0`)[0]).toBe(
      "ok    Redis version - Valkey 8.1.0",
    );
  });

  test.each([
    ["", /^warn .*everything is gone.*appendonly yes/],
    ["3600 1", /^warn .*only snapshots/],
    [undefined, /^warn .*if there is no snapshot/],
  ])("without AOF and save %j", (save, expected) => {
    const facts = {
      info: infoOf(good.replace("aof_enabled:1", "aof_enabled:0")),
      syncs: new Map<string, string>(),
      save,
      skewMs: 0,
    };
    expect(judgeRedis(facts).map(formatFinding)[1]).toMatch(expected);
  });

  test.each([
    ["7.2.4", undefined, /^ok .*answered when it is synced$/],
    ["7.0.15", "everysec", /^ok .*tells a second late/],
    ["7.0.15", "always", /^ok .*answered when it is synced$/],
    ["7.2.4", "no", /^warn .*appendfsync is no.*may be lost in a crash.*everysec/],
    ["7.0.15", undefined, /^warn .*does not tell how often it syncs.*7\.2 or later/],
  ])("Redis %s with AOF that syncs %s", (version, policy, expected) => {
    const syncs = new Map(policy === undefined ? [] : [["appendfsync", policy]]);
    const info = infoOf(good.replace("7.2.4", version));
    const lines = judgeRedis({ info, syncs, save: "", skewMs: 0 }).map(formatFinding);
    expect(lines[1]).toMatch(expected);
  });

  test("a full disk, a replica and cluster mode fail", () => {
    expect(redisLines(`${good}\naof_last_write_status:err`)[1]).toMatch(/^fail .*refuses writes/);
    expect(redisLines(good.replace("master", "slave")).at(-1)).toMatch(/^fail .*replica.*primary/);
    expect(redisLines(`${good}\ncluster_enabled:1`).at(-1)).toMatch(/^fail .*redis\+cluster:/);
  });

  test.each([
    [2000, /^ok/],
    [3500, /^warn .*3\.5 s ahead of .*NTP/],
    [-9000, /^warn .*9\.0 s behind/],
  ])("a clock that is %i ms off", (skewMs, expected) => {
    expect(redisLines(good, "", skewMs)[3]).toMatch(expected);
  });

  test("an address that cannot be read", () => {
    expect(formatFinding(judgeRedisFault("nonsense", "Invalid URL"))).toMatch(
      /^fail {2}REDIS_URL - Invalid URL; write it as/,
    );
  });
});

test.each([
  ["https://sqs.eu-west-1.amazonaws.com/1/q", "eu-west-1"],
  ["https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1"],
  ["https://eu-west-2.queue.amazonaws.com/1/q", "eu-west-2"],
  ["https://queue.amazonaws.com/1/q", "us-east-1"],
  ["https://sqs-fips.us-gov-west-1.amazonaws.com/1/q", "us-gov-west-1"],
  ["https://sqs.eu-north-1.api.aws/1/q", "eu-north-1"],
  ["https://vpce-0a1b-c2d3.sqs.eu-west-1.vpce.amazonaws.com/1/q", "eu-west-1"],
  ["http://127.0.0.1:4001/1/q", undefined],
  ["https://sqs.eu-west-1.amazonaws.com.example/1/q", undefined],
  ["https://[broken", undefined],
])("the region of %s", (url, region) => {
  expect(regionOfQueueUrl(url)).toBe(region);
});

test("a region that looks wrong is a warning, none a failure", () => {
  expect(judgeRegion("us-east", { AWS_REGION: "us-east" }).level).toBe("warn");
  expect(judgeRegion("us-gov-east-1", {}).level).toBe("ok");
  expect(formatFinding(judgeRegion(undefined, { AWS_PROFILE: "pier" }))).toMatch(
    /^fail .*profile "pier" has no region/,
  );
});

test("redrive policies", () => {
  const policy = (maxReceiveCount: unknown) =>
    JSON.stringify({
      deadLetterTargetArn: "arn:aws:sqs:eu-west-1:111122223333:dead",
      maxReceiveCount,
    });
  expect(judgeRedrive("q", policy("5")).level).toBe("ok");
  expect(formatFinding(judgeRedrive("q", policy(1)))).toMatch(
    /^warn .*maxReceiveCount is 1.*raise/,
  );
  expect(judgeRedrive("q", "{nonsense").level).toBe("warn");
  expect(judgeRedrive("q", undefined).level).toBe("warn");
});

test("clusters that are wished for and not there", () => {
  const arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/quay";
  const { tracked, findings } = judgeClusters([arn, `${arn}-2`], ["quay", "mole"], "eu-west-1");
  expect(tracked).toEqual([arn]);
  expect(findings.map(formatFinding)).toEqual([
    "ok    clusters - 2 in eu-west-1, 1 of them tracked",
    expect.stringMatching(/^warn {2}cluster mole - .*there is none in eu-west-1; /),
  ]);
});

test("who calls, and by whose credentials", () => {
  expect(principalOf("arn:aws:sts::111122223333:assumed-role/pier-reader/me")).toBe(
    "role pier-reader",
  );
  expect(principalOf("arn:aws:iam::111122223333:user/ops/ann")).toBe("user ann");
  expect(principalOf("arn:aws:iam::111122223333:root")).toBe("the root user");
  const marks = { CREDENTIALS_PROFILE_SSO: "r", CREDENTIALS_SSO: "s" };
  expect(describeSource({ $source: marks }, { AWS_PROFILE: "pier" })).toBe(
    'profile "pier", by SSO',
  );
  expect(describeSource({}, {})).toBe("the role of this machine");
});

test("why a profile gives no credentials", () => {
  const config = `
    [default]
region = us-east-1
[profile lone]
role_arn = arn:aws:iam::111122223333:role/x
[profile lost]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = gone
[profile guarded]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile behind]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = login
[profile login]
sso_session = harbour
[sso-session harbour]
sso_start_url = https://harbour.example/start
[profile "by process"]
credential_process = /opt/keys --secret nobody-may-see
[profile well]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = keys`;
  const credentials =
    "[keys]\naws_access_key_id = A\naws_secret_access_key = nobody-may-see\n[half]\naws_access_key_id=A";
  const profiles = parseProfiles(config, credentials);
  const words = (name: string) => {
    const { detail, fix } = profileProblem(name, profiles) ?? { detail: "well", fix: "" };
    return `${detail}; ${fix}`;
  };
  expect(words("ghost")).toMatch(
    /no such profile; there are default, lone, .*half; add \[profile ghost\]/,
  );
  expect(words("default")).toMatch(/neither a key, nor a role/);
  expect(words("lone")).toMatch(/by whose credentials; add source_profile/);
  expect(words("lost")).toMatch(/source_profile is "gone".*no such profile; add \[profile gone\]/);
  expect(words("guarded")).toMatch(/MFA device.*; use a profile without mfa_serial/);
  expect(words("behind")).toMatch(
    /source_profile "login": its SSO.*; aws sso login --profile login/,
  );
  expect(words("by process")).toMatch(/credential_process failed.*; run that command by hand/);
  expect(words("half")).toBe("it has no aws_secret_access_key; add aws_secret_access_key");
  expect([words("well"), words("keys")]).toEqual(["well; ", "well; "]);
  expect([...profiles.keys()].map(words).join()).not.toContain("nobody-may-see");
});

describe("faults", () => {
  const named = (name: string, message = "", rest: object = {}) =>
    Object.assign(new Error(message), { name }, rest);

  test.each([
    [named("ExpiredTokenException"), "badCredentials"],
    [named("UnauthorizedOperation"), "denied"],
    [
      named("ThrottlingException", "Rate exceeded", { $metadata: { httpStatusCode: 400 } }),
      "throttled",
    ],
    [named("Whatever", "", { $metadata: { httpStatusCode: 503 } }), "broken"],
    [Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }), "unreachable"],
    [
      new SyntaxError("Unexpected token <\n  Deserialization error: to see the raw response"),
      "notAws",
    ],
    ["a text", "other"],
  ])("%s is %s", (error, kind) => {
    expect(classify(error).kind).toBe(kind);
  });

  test("never have an empty word or remedy", () => {
    for (const error of [new AggregateError([], ""), new Error(""), {}, undefined, named("X")]) {
      const fault = classify(error);
      expect(fault.said).not.toBe("");
      expect(remedy(fault, "SQS", {})).not.toBe("");
    }
  });
});

test("secrets of the environment never come out, whoever quotes them", () => {
  const redact = redactor({
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG",
    LONGSHORE_ADMIN_TOKENS: "short, admin-token-of-the-harbour",
    REDIS_URL: "redis://:p%40ss%2Fword-for-redis@10.0.0.7:6379",
  });
  const quoted =
    "key wJalrXUtnFEMI/K7MDENG token admin-token-of-the-harbour at redis://u:x@h login p@ss/word-for-redis\n\u001b[31m";
  expect(redact(quoted)).toBe("key *** token *** at redis://***@h login *** [31m");
});
