// A process's way to Redis: commands and answers travel in order, as on one connection, and wait while nothing passes.
// What Redis does with them, and how the client behaves, is the model store's.
import type { RedisLink } from "./model-store/client.ts";
import type { Network, Reply } from "./network.ts";
import type { SimulatedProcess } from "./processes.ts";
import type { VirtualTime } from "./virtual-time.ts";

function replyOf<Answer>(execute: () => Answer): Reply<Answer> {
  try {
    return { value: execute() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

export function createStoreLink(
  time: VirtualTime,
  network: Network,
  process: SimulatedProcess,
): RedisLink {
  let lastThere = 0;
  let lastBack = 0;
  /** When something that is sent now arrives: never before what was sent earlier, and late when nothing passes. */
  const arrival = (last: number): number => {
    const from = network.cutUntil(process, "redis") ?? time.now;
    return Math.max(last, from + network.wayMs("redis", process.name));
  };
  return {
    isUp: () => network.cutUntil(process, "redis") === undefined,
    send: (execute, hear) => {
      lastThere = arrival(lastThere);
      time.at(lastThere, () => {
        const reply = replyOf(execute);
        lastBack = arrival(lastBack);
        process.arrive(lastBack, "message", () => hear(reply));
      });
    },
    deliver: (hear) => {
      lastBack = arrival(lastBack);
      process.arrive(lastBack, "message", hear);
    },
  };
}
