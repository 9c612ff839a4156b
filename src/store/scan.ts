// Reads a large key of Redis in pages, so that Redis is never held up, and all of it although another process may come
// to answer for the key meanwhile: a cursor means nothing to any process but the one that gave it.
import type { Connection } from "./connection.ts";

/** Calls `readPage` with cursors until all was read by one process; what a former one gave is given again. */
export async function* scanPages<Page>(
  connection: Connection,
  key: string,
  readPage: (cursor: string) => Promise<readonly [next: string, page: Page]>,
): AsyncGenerator<Page> {
  for (;;) {
    const process = await connection.processOf(key);
    let cursor = "0";
    do {
      const [next, page] = await readPage(cursor);
      yield page;
      cursor = next;
    } while (cursor !== "0");
    if ((await connection.processOf(key)) === process) return;
  }
}
