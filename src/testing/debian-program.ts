// Programs of Debian that examples drive in tests: the system's own, or a private copy in .longshore/, fetched once and
// without root. Where neither can be had, a test says so and is skipped.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../config.ts";
import { fetchFromDebian, readPrivateCopy } from "../redis-server/debian.ts";
import type { RedisProgram, Wanted } from "../redis-server/debian.ts";

const dataDir = fileURLToPath(new URL("../../.longshore", import.meta.url));

const wanted: Readonly<Record<"haproxy" | "prometheus", Wanted>> = {
  haproxy: {
    program: /^haproxy$/,
    choices: [
      {
        server: "haproxy",
        also: ["liblua5.3-0", "libopentracing1", "libopentracing-c-wrapper0"],
      },
    ],
  },
  // Its other packages are the pages of its own interface.
  prometheus: {
    program: /^prometheus$/,
    choices: [{ server: "prometheus", also: [], alone: true }],
  },
};

/** The program, or undefined after saying why there is none. */
export async function debianProgram(name: keyof typeof wanted): Promise<RedisProgram | undefined> {
  for (const folder of ["/usr/sbin", "/usr/bin", "/usr/local/bin"]) {
    const command = join(folder, name);
    const isThere = await access(command).then(
      () => true,
      () => false,
    );
    if (isThere) return { command, env: {} };
  }
  const folder = join(dataDir, name);
  const kept = await readPrivateCopy(folder);
  if (kept) return kept;
  try {
    return await fetchFromDebian(folder, processEnvironment, undefined, wanted[name]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`skipped: there is no ${name}, and none could be fetched: ${reason}`);
    return undefined;
  }
}
