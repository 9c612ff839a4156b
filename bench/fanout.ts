// How many messages one process delivers to how many subscribers, at which cost: the real server on the real log
// against raw ws and stock graphql-ws. Every message is counted and compared at its reader.
import { until } from "../src/testing/longshore.ts";
import { residentBytes, startApiProcess, startPeer, startReaders } from "./fanout/processes.ts";
import type { Readers, Server } from "./fanout/processes.ts";
import type { Counted, OpenRequest } from "./fanout/messages.ts";
import { startSource, subscription, variables } from "./fanout/source.ts";
import type { Made, Source } from "./fanout/source.ts";
import { cpuMs } from "./ingest/processes.ts";
import type { Row } from "./main.ts";

const many = 5000;
const some = 1000;

interface Measured extends Row {
  readonly cpuUs: number;
  readonly p99: number;
}

/** Throws unless every reader got every message once and in order. */
function check(what: string, made: Made, counted: Counted): void {
  const wanted = [...made.keys()].join();
  if (counted.numbers.join() !== wanted || counted.different > 0 || counted.fewest !== counted.most)
    throw new Error(
      `${what}: ${made.size} changes, ${counted.numbers.length} messages told apart, ` +
        `${counted.fewest} to ${counted.most} a reader, ${counted.different} unlike the others'`,
    );
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}

export function delays(made: Made, { arrivals }: Counted): number[] {
  return arrivals.flatMap(([number, at]) => {
    const from = made.get(number);
    return from === undefined ? [] : [at - from];
  });
}

/** Lets changes happen and measures until all of them have arrived. */
async function run(
  what: string,
  server: Server,
  readers: Readers,
  readerCount: number,
  change: () => Promise<Made>,
): Promise<Measured> {
  await readers.reset();
  const cpuBefore = cpuMs(server.pid);
  const began = performance.now();
  const made = await change();
  const counted = await until(
    `all messages of ${what}`,
    async () => {
      const seen = await readers.count();
      return seen.fewest >= made.size ? seen : undefined;
    },
    60_000,
  );
  const wallMs = performance.now() - began;
  const usedMs = cpuMs(server.pid) - cpuBefore;
  check(what, made, counted);
  const waits = delays(made, counted);
  const cpuUs = (usedMs * 1000) / counted.messages;
  const p99 = percentile(waits, 0.99);
  return {
    what,
    cpuUs,
    p99,
    figures: {
      readers: readerCount,
      messagesPerSecond: counted.messages / (wallMs / 1000),
      core: usedMs / wallMs,
      cpuUsPerMessage: cpuUs,
      p50Ms: percentile(waits, 0.5),
      p99Ms: p99,
    },
  };
}

async function withReaders<T>(
  server: Server,
  request: Omit<OpenRequest, "port">,
  use: (readers: Readers, connectionKb: number) => Promise<T>,
): Promise<T> {
  const readers = await startReaders();
  try {
    const before = residentBytes(server.pid);
    await readers.open({ port: server.port, ...request });
    const grown = (residentBytes(server.pid) - before) / request.count / 1024;
    return await use(readers, grown);
  } finally {
    await readers.stop();
  }
}

async function peers(source: Source, rows: Measured[]): Promise<void> {
  const graphql = { query: subscription, variables: [{ filter: { group: "bench" } }] };
  const plans = [
    { mode: "raw", name: "raw ws, one send a message", request: {}, rates: [10] },
    { mode: "joined", name: "raw ws, writes of a tick joined", request: {}, rates: [200] },
    { mode: "graphql-ws", name: "stock graphql-ws", request: graphql, rates: [3] },
  ];
  for (const { mode, name, request, rates } of plans) {
    const server = await startPeer(mode, source.redisUrl);
    await withReaders(server, { count: many, ...request }, async (readers) => {
      for (const rate of rates)
        rows.push(
          await run(`${name}, ${rate}/s`, server, readers, many, () => source.toChannel(rate, 5)),
        );
    });
    if (mode === "raw")
      await withReaders(server, { count: some }, async (readers) => {
        rows.push(await run(`${name}, 50/s`, server, readers, some, () => source.toChannel(50, 6)));
      });
    await server.stop();
  }
}

/** Filters that differ and all let the same through: nothing narrows the search down, everybody gets everything. */
const differentFilters = Array.from({ length: some }, (_, each) => ({
  filter: {
    lastStatus: ["RUNNING", `W${each}`],
    desiredStatus: "RUNNING",
    launchType: "EC2",
    group: null,
  },
}));

/** Readers that stop reading, beside others that go on: the first are closed, the others must not notice. */
async function slowReaders(server: Server, source: Source): Promise<Row[]> {
  const resting = 20;
  const count = 120;
  const request = { count, resting, query: subscription, variables: [variables] };
  return withReaders(server, request, async (readers) => {
    const reading = count - resting;
    const large = "x".repeat(16_000);
    const steps: Row[] = [];
    for (const part of ["before they are closed", "while they are closed", "after that"]) {
      const { figures } = await run(
        `${reading} beside ${resting} that rest`,
        server,
        readers,
        reading,
        () => source.toStore(200, 3, large),
      );
      steps.push({
        what: `16 KB messages, ${resting} of ${count} stop reading: the others ${part}`,
        figures,
      });
    }
    await readers.wake();
    const closed = await until("the resting readers to see their end", async () => {
      const counted = await readers.count();
      return (counted.closed["4008"] ?? 0) === resting ? counted : undefined;
    });
    return [
      ...steps,
      { what: "closed with 4008", figures: { readers: closed.closed["4008"] ?? 0 } },
    ];
  });
}

export async function fanout(): Promise<Row[]> {
  const source = await startSource();
  const rows: Measured[] = [];
  await peers(source, rows);
  const server = await startApiProcess(source.redisUrl);
  const one = { query: subscription, variables: [variables] };
  let connectionKb = 0;
  await withReaders(server, { count: many, ...one }, async (readers, kb) => {
    connectionKb = kb;
    for (const rate of [50, 100, 200, 300])
      rows.push(
        await run(`Longshore, ${rate}/s`, server, readers, many, () =>
          source.toStore(rate, rate === 200 ? 10 : 4),
        ),
      );
  });
  await withReaders(server, { count: some, ...one }, async (readers) => {
    rows.push(
      await run("Longshore, identical, 50/s", server, readers, some, () => source.toStore(50, 6)),
    );
  });
  const different = { query: subscription, variables: differentFilters };
  await withReaders(server, { count: some, ...different }, async (readers) => {
    rows.push(
      await run("Longshore, 1,000 different filters, 50/s", server, readers, some, () =>
        source.toStore(50, 6),
      ),
    );
  });
  const slow = await slowReaders(server, source);
  await server.stop();
  await source.close();
  const figure = (name: string) => {
    const found = rows.find(({ what }) => what.includes(name));
    if (!found) throw new Error(`${name} was not measured`);
    return found;
  };
  const ours = figure("Longshore, 200/s");
  return [
    ...rows,
    ...slow,
    {
      what: "memory of one connection with one subscription, KB",
      figures: { rssKb: connectionKb },
    },
    {
      what: "CPU per message / raw ws, one send a message",
      figures: { ratio: ours.cpuUs / figure("raw ws, one send a message, 10/s").cpuUs },
    },
    {
      what: "CPU per message / raw ws joined",
      figures: { ratio: ours.cpuUs / figure("writes of a tick joined").cpuUs },
    },
    {
      what: "p99 of 1,000 at 50/s - raw ws, ms",
      figures: { p99Ms: figure("identical, 50/s").p99 - figure("one send a message, 50/s").p99 },
    },
    {
      what: "CPU of different filters / identical",
      figures: { ratio: figure("different filters").cpuUs / figure("identical, 50/s").cpuUs },
    },
  ];
}
