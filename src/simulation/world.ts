// One seed, one world: the fleet and our processes are drawn, things go wrong for a while, then they are mended, and
// within a bounded time everything must be as it should. The same seed gives the same facts, to the last one.
import type { Clock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import { createEngine } from "../simulator/engine.ts";
import { checkLog } from "./checkers/log.ts";
import { safety } from "./checkers/safety.ts";
import { checkSubscribers } from "./checkers/subscribers.ts";
import { createCast } from "./cast.ts";
import type { Cast, Stage } from "./cast.ts";
import { drawWorld, inWords } from "./draw.ts";
import type { DrawnWorld } from "./draw.ts";
import { storeDifferences } from "./end-state.ts";
import type { Breach, Checker, Fact, FactBody } from "./facts.ts";
import { said } from "./facts.ts";
import { buildFleet } from "./fleet.ts";
import { createModelStore } from "./model-store/model-store.ts";
import type { ModelStore } from "./model-store/model-store.ts";
import { createNetwork } from "./network.ts";
import { createOracle } from "./oracle.ts";
import type { Oracle } from "./oracle.ts";
import { makeTrouble } from "./trouble.ts";
import { startSubscribers } from "./subscribers.ts";
import type { Subscribers } from "./subscribers.ts";
import { createVirtualTime } from "./virtual-time.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { clusterArnIn, sendUsers } from "./world-users.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly checkers?: readonly Checker[];
  /** Hears every fact. */
  readonly onFact?: (fact: Fact) => void;
  /** Changes what was drawn, for scenarios. */
  readonly adjust?: (drawn: DrawnWorld) => DrawnWorld;
}

export interface WorldResult {
  readonly seed: number;
  /** Rules that were broken; empty when all is well. */
  readonly breaches: readonly Breach[];
  /** Of all facts: the same for the same seed. */
  readonly hash: string;
  readonly facts: number;
  /** How often each fault really happened. */
  readonly faults: ReadonlyMap<string, number>;
  readonly steps: number;
  readonly virtualMs: number;
  /** How long it took until everything was as it should be, ms; undefined when it did not come to that. */
  readonly healedInMs: number | undefined;
}

const startAt = Date.UTC(2026, 0, 5, 12);
/** From the end of all trouble on: some reconciles, the longest backoff of a failing daemon, and leases of the dead. */
const healWithinMs = 15 * 60_000;
const lookEveryMs = 2000;
/** A world that takes more steps does not come to rest. */
const stepsMax = 5_000_000;

/** The servers' clock, which is right. */
function worldClock(time: VirtualTime): Clock {
  const after: Clock["after"] = (delayMs, callback) => time.at(time.now + delayMs, callback);
  return {
    now: () => Math.floor(time.now),
    monotonic: () => time.now,
    after,
    soon: (callback) => void time.at(time.now, callback),
    sleep: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
  };
}

/** What is told, with its time: hashed, counted, checked. */
class Record {
  readonly breaches: Breach[] = [];
  readonly faults = new Map<string, number>();
  readonly checkers: Checker[];
  facts = 0;
  #hash = 0x811c9dc5;
  readonly #time: VirtualTime;
  readonly #options: WorldOptions;

  constructor(time: VirtualTime, options: WorldOptions) {
    this.#time = time;
    this.#options = options;
    this.checkers = [...(options.checkers ?? [])];
  }

  readonly tell = (body: FactBody): void => {
    const fact: Fact = { ...body, at: this.#time.now };
    this.facts++;
    this.#mix(JSON.stringify(fact));
    if (fact.kind === "fault") this.faults.set(fact.fault, (this.faults.get(fact.fault) ?? 0) + 1);
    if (fact.kind === "process" && fact.life === "crashed")
      this.breach("crash", `${fact.process} ended by itself: ${fact.detail}`);
    this.#options.onFact?.(fact);
    for (const checker of this.checkers) this.breaches.push(...checker.hear(fact));
  };

  breach(checker: string, message: string): void {
    this.breaches.push({ checker, at: this.#time.now, message });
  }

  end(): void {
    for (const checker of this.checkers)
      this.breaches.push(...(checker.end?.(this.#time.now) ?? []));
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  #mix(text: string): void {
    let hash = this.#hash;
    for (let at = 0; at < text.length; at++)
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    this.#hash = hash;
  }
}

function setStage(drawn: DrawnWorld, time: VirtualTime, record: Record): Stage {
  const { tell } = record;
  const { seed } = drawn;
  const engine = createEngine({
    world: buildFleet(drawn, time.now),
    seed: `engine ${seed}`,
    clock: worldClock(time),
    throttleScale: 1,
  });
  engine.listeners.add((body) => {
    for (const fact of said(body)) tell(fact);
  });
  const network = createNetwork(time, seededRandom(`network ${seed}`), tell);
  const redis: ModelStore = createModelStore({
    now: () => time.now,
    random: seededRandom(`redis ${seed}`),
    tell,
  });
  let callId = 0;
  const aws = {
    engine,
    network,
    random: seededRandom(`aws ${seed}`),
    tell,
    nextCallId: () => ++callId,
  };
  return { drawn, time, network, aws, redis, tell, random: seededRandom(`cast ${seed}`) };
}

function subscribe({ drawn, time, aws, tell }: Stage, cast: Cast): Subscribers {
  return startSubscribers({
    time,
    tell,
    random: seededRandom(`subscribers ${drawn.seed}`),
    apis: () => [...cast.members].flatMap(({ api }) => api ?? []),
    clusters: [...aws.engine.world.clusters.values()].map(({ arn }) => arn),
    count: drawn.subscribers,
  });
}

/** What is not as it should be: the first of store, instances and subscribers of which something is not. */
function pendingOf({ aws, redis }: Stage, oracle: Oracle, subscribers: Subscribers): string[] {
  const { world } = aws.engine;
  const differences = storeDifferences(world, redis);
  if (differences.length > 0) return differences;
  const missing = oracle.pending(world, (cluster, kind) => redis.records(cluster, kind));
  return missing.length > 0 ? missing : subscribers.pending();
}

async function heal(
  time: VirtualTime,
  pendingNow: () => string[],
  record: Record,
  isOver: () => boolean,
): Promise<number | undefined> {
  const from = time.now;
  let pending: string[] = [];
  while (time.now < from + healWithinMs && !isOver()) {
    await time.pass(time.now + lookEveryMs, isOver);
    pending = pendingNow();
    if (pending.length === 0) return time.now - from;
  }
  if (isOver()) return undefined;
  const more = pending.length > 5 ? `; and ${pending.length - 5} more` : "";
  record.breach("convergence", `${pending.slice(0, 5).join("; ")}${more}`);
  return undefined;
}

export async function runWorld(options: WorldOptions): Promise<WorldResult> {
  const { seed, adjust = (as) => as } = options;
  const drawn = adjust(drawWorld(seed));
  const time = createVirtualTime(startAt);
  const record = new Record(time, options);
  const { tell } = record;
  tell({ kind: "drawn", seed, what: inWords(drawn) });
  const stage = setStage(drawn, time, record);
  const clusterOf = clusterArnIn(stage);
  const oracle = createOracle(clusterOf);
  record.checkers.push(checkLog(stage.redis), checkSubscribers(), safety({ clusterOf }), oracle);
  const cast: Cast = createCast(stage);
  const isOver = () => record.breaches.length > 0 || time.steps > stepsMax;
  const onRejection = (error: unknown) =>
    record.breach("crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on("unhandledRejection", onRejection);
  let healedInMs: number | undefined;
  let subscribers: Subscribers | undefined;
  try {
    for (let each = 0; each < drawn.ingests; each++) cast.start("ingest");
    for (let each = 0; each < drawn.schedulers; each++) cast.start("scheduler");
    for (let each = 0; each < drawn.apis; each++) cast.start("api");
    const users = sendUsers(stage, cast);
    const reading = subscribe(stage, cast);
    subscribers = reading;
    tell({ kind: "phase", phase: "trouble" });
    const trouble = makeTrouble(stage, cast);
    await time.pass(time.now + drawn.troubleMs, isOver);
    trouble.end();
    users.end();
    reading.heal();
    tell({ kind: "phase", phase: "healing" });
    const pendingNow = () => pendingOf(stage, oracle, reading);
    healedInMs = await heal(time, pendingNow, record, isOver);
    tell({ kind: "phase", phase: healedInMs === undefined ? "ended" : "converged" });
    if (time.steps > stepsMax) record.breach("rest", `${time.steps} steps`);
  } catch (error) {
    onRejection(error);
  } finally {
    subscribers?.end();
    stage.aws.engine.stop();
    for (const { process: each } of cast.members) each.ended();
    process.off("unhandledRejection", onRejection);
  }
  record.end();
  return {
    seed,
    breaches: record.breaches,
    hash: record.hash,
    facts: record.facts,
    faults: record.faults,
    steps: time.steps,
    virtualMs: time.now - startAt,
    healedInMs,
  };
}
