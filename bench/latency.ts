// From a change on pub/sub to its message at one client: the real server on the real log, against a process that
// forwards what it hears on a Redis channel to a raw WebSocket.
import { until } from "../src/testing/longshore.ts";
import { delays, percentile } from "./fanout.ts";
import { startApiProcess, startPeer, startReaders } from "./fanout/processes.ts";
import type { Server } from "./fanout/processes.ts";
import { startSource, subscription, variables } from "./fanout/source.ts";
import type { Made } from "./fanout/source.ts";
import type { Row } from "./main.ts";

const perSecond = 100;
const seconds = 15;
/** The readers note the arrivals at one socket in fifty. */
const readerCount = 50;

async function measure(
  what: string,
  server: Server,
  query: string | undefined,
  change: () => Promise<Made>,
): Promise<Row & { readonly p99: number }> {
  const readers = await startReaders();
  const request = query === undefined ? {} : { query, variables: [variables] };
  await readers.open({ port: server.port, count: readerCount, ...request });
  const made = await change();
  const counted = await until(`all messages of ${what}`, async () => {
    const seen = await readers.count();
    return seen.fewest >= made.size ? seen : undefined;
  });
  await readers.stop();
  await server.stop();
  const waits = delays(made, counted);
  const at = (share: number) => percentile(waits, share);
  return { what, p99: at(0.99), figures: { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) } };
}

export async function latency(): Promise<Row[]> {
  const source = await startSource();
  const change = {
    store: () => source.toStore(perSecond, seconds),
    channel: () => source.toChannel(perSecond, seconds),
  };
  const peer = await startPeer("raw", source.redisUrl);
  const floor = await measure("floor: pub/sub, raw ws", peer, undefined, change.channel);
  const api = await startApiProcess(source.redisUrl);
  const ours = await measure("Longshore: store, log, GraphQL", api, subscription, change.store);
  await source.close();
  return [
    floor,
    ours,
    { what: "Longshore - floor, p99", figures: { p99Ms: ours.p99 - floor.p99 } },
  ];
}
