// Credentials that are renewed in their file are found without a restart.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STSClient } from "@aws-sdk/client-sts";
import { afterEach, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { renewedCredentials } from "./credentials.ts";

const folders: string[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

it("finds what was written anew, a minute later and not at every call", async () => {
  const folder = await mkdtemp(join(tmpdir(), "longshore-credentials-"));
  folders.push(folder);
  const file = join(folder, "credentials");
  const write = (key: string) =>
    writeFile(file, `[shift]\naws_access_key_id = ${key}\naws_secret_access_key = s\n`);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
  vi.stubEnv("AWS_PROFILE", "shift");
  await write("FIRST");
  // A machine whose time we move: what the provider says expires by it, the SDK looks at the real one.
  let ahead = 0;
  const client = new STSClient({
    region: "us-east-1",
    credentials: renewedCredentials({ now: () => systemClock.now() + ahead }),
  });
  const key = async () => (await client.config.credentials()).accessKeyId;
  expect(await key()).toBe("FIRST");
  await write("SECOND");
  expect(await key()).toBe("FIRST");
  client.destroy();
  ahead = -2 * 60_000;
  const later = new STSClient({
    region: "us-east-1",
    credentials: renewedCredentials({ now: () => systemClock.now() + ahead }),
  });
  expect((await later.config.credentials()).accessKeyId).toBe("SECOND");
  await write("THIRD");
  // Its credentials were due a minute ago.
  await vi.waitFor(async () => {
    expect((await later.config.credentials()).accessKeyId).toBe("THIRD");
  });
  later.destroy();
});
