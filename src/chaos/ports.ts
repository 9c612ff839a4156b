// Ports for servers that go away and come back at the same place: outside of the range that systems hand out by
// themselves, where a stranger's connection could take one meanwhile.
import { createServer } from "node:net";
import { systemRandom } from "../random.ts";

const [lowest, highest] = [15_000, 30_000];

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = systemRandom.int(lowest, highest);
    if (await isFree(port)) return port;
  }
}
