// Reasons of failures: what is the same failure, and what must stay apart.
import { describe, expect, it } from "vitest";
import { normalizeReason } from "./stop-reason.ts";

const id = "0123456789abcdef0123456789abcdef";

describe("normalizeReason", () => {
  it.each([
    ["Essential container in task exited", "Essential container in task exited"],
    ["  two\n  lines ", "two lines"],
    ["", ""],
    [
      "Scaling activity initiated by (deployment ecs-svc/4071203922337205550)",
      "Scaling activity initiated by (deployment ecs-svc/<id>)",
    ],
    [`Task arn:aws:ecs:eu-west-1:111122223333:task/harbor/${id} failed.`, "Task <arn> failed."],
    [
      "(service web) (instance i-0a1b2c3d4e5f60718) (port 32768) is unhealthy",
      "(service web) (instance <id>) (port <n>) is unhealthy",
    ],
    [
      "pulling registry.test/web@sha256:aa11bb22cc33dd44ee55ff66 failed after 3 time(s)",
      "pulling registry.test/web@<digest> failed after <n> time(s)",
    ],
    ["request id: 3F2504E0-4f89-41d3-9a0c-0305e82c3301, retry", "request id: <id>, retry"],
    ["dial tcp 10.0.3.17:443: i/o timeout", "dial tcp <ip>: i/o timeout"],
    ["route 10.0.0.0/16 is gone", "route <ip> is gone"],
    ["dial tcp [fd00::1]:443: refused", "dial tcp <ip>: refused"],
    ["from fd00:ec2::254 to fe80::1", "from <ip> to <ip>"],
    ["since 2024-03-05T10:20:30.123Z it waits", "since <time> it waits"],
    ["waited 30s of 1.5m, used 512MiB or 80%", "waited <n>s of <n>m, used <n>MiB or <n>%"],
    ["image s3-sync:v2 on x86_64 from ec2", "image s3-sync:v2 on x86_64 from ec2"],
    ["CannotPullContainerError: not found", "CannotPullContainerError: not found"],
    ["a decade of facade and deadbeef", "a decade of facade and deadbeef"],
    ["subnet-0a1b2c3d4 has no eni-12345678", "<id> has no <id>"],
    ["service-connect failed", "service-connect failed"],
  ])("%s", (text, expected) => {
    expect(normalizeReason(text)).toBe(expected);
    expect(normalizeReason(expected)).toBe(expected);
  });

  it("puts two tasks of one failure together and keeps other failures apart", () => {
    const pull = (task: string, ip: string): string =>
      normalizeReason(`CannotPull: ${task} could not reach ${ip}:443 in 30s`);
    const first = pull(id, "10.0.0.1");
    expect(first).toBe(pull(id.replace("0", "f"), "10.9.8.7"));
    expect(first).not.toBe(
      normalizeReason(`CannotStart: ${id} could not reach 10.0.0.1:443 in 30s`),
    );
  });

  it.each([
    "a".repeat(100_000),
    "0:".repeat(50_000),
    "1.".repeat(50_000),
    "arn:aws:".repeat(9000),
    "0a-".repeat(40_000),
  ])("bounds its work and its answer (%#)", (text) => {
    const started = performance.now();
    expect(normalizeReason(text).length).toBeLessThanOrEqual(500);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
