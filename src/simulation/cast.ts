// Our own processes in a world: started on simulated doors with the wiring of production, killed, paused, stopped, and
// started again under another name, as whoever runs them in production would.
import { pino } from "pino";
import type { ClientBudget } from "../aws/budgeted-client.ts";
import { scaleRates } from "../ecs/api-budget.ts";
import type { CallRates } from "../ecs/api-budget.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { runIngest } from "../roles/run-ingest.ts";
import { runScheduler } from "../roles/run-scheduler.ts";
import { ourRates } from "../store/shared-budget.ts";
import type { StateStore } from "../store/store.ts";
import { hookName } from "./draw.ts";
import type { DrawnWorld } from "./draw.ts";
import { openEcs } from "./ecs-link.ts";
import type { AwsWorld } from "./ecs-link.ts";
import type { ProcessRole, Tell } from "./facts.ts";
import type { Guest, GuestProcess } from "./guest.ts";
import { startSimulatedApi } from "./api-process.ts";
import type { SimulatedApi } from "./api-process.ts";
import type { ModelOpenOptions, ModelStore } from "./model-store/model-store.ts";
import type { Network } from "./network.ts";
import { openAddressBook, openHooks } from "./other-links.ts";
import { startProcess } from "./processes.ts";
import type { SimulatedProcess } from "./processes.ts";
import { openQueue } from "./queue-link.ts";
import { createStoreLink } from "./store-link.ts";
import type { Ecs, Plant } from "./planted-bugs.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What processes run on. */
export interface Stage {
  readonly drawn: DrawnWorld;
  readonly time: VirtualTime;
  readonly network: Network;
  readonly aws: AwsWorld;
  readonly redis: ModelStore;
  readonly tell: Tell;
  /** A bug between processes and their doors, for tests of the checkers. */
  readonly plant: Plant | undefined;
  /** Somebody else's program, beside ours. */
  readonly guest: Guest | undefined;
  /** Decides the fate of processes. */
  readonly random: Random;
}

export interface Member {
  readonly process: SimulatedProcess;
  /** Of an api process. */
  readonly api?: SimulatedApi;
  /** Of a process of somebody else's program. */
  readonly guest?: GuestProcess;
  stop(): Promise<void>;
}

export interface Cast {
  /** Those that have not ended, paused ones included. */
  readonly members: ReadonlySet<Member>;
  start(role: ProcessRole): Member;
  /** SIGKILL. Another one is started some seconds later. */
  kill(member: Member): void;
  /** SIGTERM, and SIGKILL when that takes too long. Another one is started some seconds later. */
  stop(member: Member): void;
  /** SIGSTOP to all, as when the machine sleeps; `heal` wakes them. */
  freeze(): void;
  /** Starts what is due to be started, and wakes what is paused: from now on everything stays. */
  heal(): void;
}

/** How long an orchestrator waits after SIGTERM. */
const graceMs = 30_000;
/** Our limit to clocks that differ in speed: 500 ppm is what NTP can mend. */
const slewMax = 0.0005;

function createProcessLog(process: string, tell: Tell): Log {
  const options = { level: "warn", base: null, timestamp: false };
  return pino(options, {
    write: (line: string) => {
      const { level, msg, ...about }: Record<string, unknown> = JSON.parse(line);
      const isError = Number(level) >= 50;
      tell({
        kind: "logged",
        process,
        level: isError ? "error" : "warn",
        message: String(msg),
        about,
      });
    },
  });
}

type Starter = (
  stage: Stage,
  process: SimulatedProcess,
  log: Log,
  apis: () => readonly SimulatedApi[],
) => Omit<Member, "process">;

function openStore(
  { time, network, redis, plant }: Stage,
  process: SimulatedProcess,
  log: Log,
  options: Partial<ModelOpenOptions> = {},
): StateStore {
  const { clock, random, name } = process;
  const link = createStoreLink(time, network, process);
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const store = redis.open({ clock, random, onDown, ...options, name, link });
  return plant?.store?.(store, process.role) ?? store;
}

function openPlantedEcs(
  { aws, plant }: Stage,
  process: SimulatedProcess,
  owner: ClientBudget,
): Ecs {
  const ecs = openEcs(aws, process, owner);
  return plant?.ecs?.(ecs, process.role) ?? ecs;
}

/** What our processes may call: an account's limits are lower than others'. */
const ratesOf = ({ drawn }: Stage): CallRates => scaleRates(ourRates, drawn.rateScale);

const always =
  <T>(value: T): (() => T) =>
  () =>
    value;

const starters: Readonly<Record<ProcessRole, Starter>> = {
  ingest: (stage, process, log) =>
    runIngest({
      config: {
        clusters: [],
        reconcileSeconds: stage.drawn.reconcileSeconds,
        retentionHours: stage.drawn.retentionHours,
      },
      clock: process.clock,
      random: process.random,
      log,
      rates: ratesOf(stage),
      openStore: (options) => openStore(stage, process, log, options),
      queue: openQueue(stage.aws, process),
      addressesOf: always(openAddressBook(stage.aws, process)),
      account: () => Promise.resolve(stage.aws.engine.world.scope.account),
      openEcs: (budget) => {
        const { region } = stage.aws.engine.world.scope;
        const ecs = openPlantedEcs(stage, process, budget);
        return { regions: [{ region: () => Promise.resolve(region), ecs }], taskDefinitions: ecs };
      },
    }),
  scheduler: (stage, process, log) =>
    runScheduler({
      config: {
        lifecycleHooks: [hookName],
        drainLeaving: stage.drawn.drainLeaving,
        retentionHours: stage.drawn.retentionHours,
      },
      clock: process.clock,
      random: process.random,
      log,
      rates: ratesOf(stage),
      openStore: (clock) => openStore(stage, process, log, { clock }),
      hooks: openHooks(stage.aws, process),
      openEcs: (owner) => openPlantedEcs(stage, process, owner),
    }),
  api: (stage, process, log) => {
    const { time, drawn } = stage;
    const random = seededRandom(`sockets ${drawn.seed} ${process.name}`);
    const api = startSimulatedApi({
      time,
      process,
      random,
      log,
      openStore: (clock) => openStore(stage, process, log, { clock }),
    });
    return { api, stop: () => api.stop() };
  },
  program: (stage, process, log, apis) => {
    const { aws, tell } = stage;
    if (!stage.guest) throw new Error("no program is there to be started");
    const openStoreOn = (clock: Clock) => openStore(stage, process, log, { clock });
    const rates = ratesOf(stage);
    const doors = { process, aws, rates, apis, tell, openStore: openStoreOn };
    const guest = stage.guest.start(doors);
    return { guest, stop: () => guest.stop() };
  },
};

export function createCast(stage: Stage): Cast {
  const { time, tell, random, redis, drawn } = stage;
  const members = new Set<Member>();
  const due = new Set<{ readonly role: ProcessRole; cancel: () => void }>();
  let started = 0;
  let isHealed = false;

  const apis = () => [...members].flatMap(({ api }) => api ?? []);

  function start(role: ProcessRole): Member {
    const name = `${role}-${++started}`;
    const process = startProcess({
      time,
      tell,
      name,
      role,
      seed: `${drawn.seed}`,
      speed: 1 + (2 * random.next() - 1) * slewMax,
      offsetMs: random.chance(0.2) ? random.int(-60_000, 60_000) : random.int(-100, 100),
    });
    tell({ kind: "process", process: name, role, life: "started" });
    const log = createProcessLog(name, tell);
    const member: Member = { process, ...starters[role](stage, process, log, apis) };
    members.add(member);
    return member;
  }

  /** Somebody starts another one in its place. */
  function replace({ process }: Member): void {
    if (isHealed) return void start(process.role);
    const waiting = { role: process.role, cancel: () => {} };
    waiting.cancel = time.at(time.now + 300 + 20_000 * random.next() ** 2, () => {
      due.delete(waiting);
      start(process.role);
    });
    due.add(waiting);
  }

  function end(member: Member): void {
    if (!members.delete(member)) return;
    redis.forget(member.process.name);
    member.api?.killed();
    member.guest?.killed();
    replace(member);
  }

  function kill(member: Member): void {
    member.process.kill();
    end(member);
  }

  return {
    members,
    start,
    kill,
    stop: (member) => {
      const { process } = member;
      const { name, role } = process;
      if (process.state !== "running") return;
      tell({ kind: "process", process: name, role, life: "stopping" });
      time.at(time.now + graceMs, () => kill(member));
      void member.stop().then(() => {
        if (process.state === "dead") return;
        process.ended();
        tell({ kind: "process", process: name, role, life: "stopped" });
        end(member);
      });
    },
    freeze: () => {
      for (const { process } of members) process.pause();
    },
    heal: () => {
      isHealed = true;
      for (const { role, cancel } of due) {
        cancel();
        start(role);
      }
      due.clear();
      for (const { process } of members) process.wake();
    },
  };
}
