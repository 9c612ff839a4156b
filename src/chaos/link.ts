// One process's way to a server: a TCP proxy that can be cut, slowed down, or go silent in one direction or both while
// its connections stay open. Knows nothing of what it carries.
import { createConnection, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";

/**
 * fine: passes everything on. cut: connections are reset, new ones too. silent: nothing passes, and nobody is told.
 * deaf: what the process says arrives, what it is answered does not. slow: everything arrives late.
 */
export type LinkState = "fine" | "cut" | "silent" | "deaf" | "slow";

export interface Link {
  readonly port: number;
  /**
   * `delayMs` is for slow. What lost bytes is reset when the link is fine again; with `halfOpen` it stays open and
   * silent for as long as its ends keep it.
   */
  become(state: LinkState, options?: { delayMs?: number; halfOpen?: boolean }): void;
  state(): LinkState;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket | undefined;
  /** Bytes of it were swallowed: it is never whole again. */
  broken: boolean;
  /** The network has forgotten it: nobody is ever told. */
  forgotten: boolean;
}

export interface LinkOptions {
  /** The server: a port on loopback, or a unix socket. */
  readonly to: number | string;
  readonly clock: Clock;
}

export async function openLink({ to, clock }: LinkOptions): Promise<Link> {
  let state: LinkState = "fine";
  let delayMs = 0;
  let leavesHalfOpen = false;
  const pairs = new Set<Pair>();

  function end(pair: Pair): void {
    pairs.delete(pair);
    pair.near.resetAndDestroy();
    pair.far?.destroy();
  }

  /** Carries one direction; `lost` says whether it is lost now. */
  function carry(pair: Pair, from: Socket, onto: Socket, lost: () => boolean): void {
    // Whatever becomes of the link meanwhile, what was sent earlier arrives earlier.
    const waiting: (() => void)[] = [];
    let lastAt = 0;
    const pass = (act: () => void) => {
      if (state !== "slow" && waiting.length === 0) return act();
      waiting.push(act);
      const now = clock.monotonic();
      lastAt = Math.max(lastAt, now + (state === "slow" ? delayMs : 0));
      clock.after(lastAt - now, () => waiting.shift()?.());
    };
    from.on("data", (chunk: Buffer) => {
      if (pair.broken || lost()) pair.broken = true;
      else pass(() => void (onto.writable && onto.write(chunk)));
    });
    from.on("end", () => {
      if (pair.broken || lost()) pair.broken = true;
      else pass(() => onto.end());
    });
    from.on("error", () => {});
    from.on("close", () => {
      // Who went silently has not told the other end.
      if (pair.broken || lost()) pair.broken = true;
      else pass(() => onto.destroy());
      if (pair.near.destroyed && (pair.far?.destroyed ?? true)) pairs.delete(pair);
    });
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (state === "cut") return void near.resetAndDestroy();
    if (state === "silent") {
      const pair = { near, far: undefined, broken: true, forgotten: false };
      pairs.add(pair);
      near.on("error", () => {}).on("close", () => pairs.delete(pair));
      return void near.resume();
    }
    const place = typeof to === "number" ? { port: to, host: "127.0.0.1" } : { path: to };
    const far = createConnection({ ...place, allowHalfOpen: true });
    far.setNoDelay(true);
    const pair: Pair = { near, far, broken: false, forgotten: false };
    pairs.add(pair);
    far.on("error", () => void (pair.broken || near.resetAndDestroy()));
    carry(pair, near, far, () => state === "silent");
    carry(pair, far, near, () => state === "silent" || state === "deaf");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    state: () => state,
    become: (next, options = {}) => {
      state = next;
      delayMs = options.delayMs ?? 0;
      const leaves = leavesHalfOpen;
      leavesHalfOpen = options.halfOpen ?? false;
      for (const pair of pairs) {
        if (pair.forgotten) continue;
        if (next === "cut") end(pair);
        else if (next === "fine" && pair.broken) {
          if (leaves) pair.forgotten = true;
          else end(pair);
        }
      }
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const pair of pairs) end(pair);
      await closed;
    },
  };
}
