// Carries planned events out: each kind is one deed upon the world, with its undoing when it is over. Whatever it finds
// (a process that is down already, a fleet that is too small) it says; it judges nothing.
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { noFaults } from "../simulator/faults.ts";
import type { Faults } from "../simulator/faults.ts";
import { setChurn } from "../simulator/tick.ts";
import type { RoleName } from "../roles/role.ts";
import {
  active,
  crashTask,
  drain,
  endDrain,
  findAgent,
  join,
  loseAgent,
  terminate,
} from "./fleet.ts";
import type { LinkState } from "./link.ts";
import type { Kind, PlannedEvent } from "./plan.ts";
import type { RoleProcess } from "./role-process.ts";
import type { ChaosWorld } from "./world.ts";

export interface Doer {
  /** Carries an event out; resolves with what happened in words, or with "" when there was nothing to do it to. */
  perform(event: PlannedEvent): Promise<string>;
  /** Ends everything that is still going on: Redis runs, links are fine, processes are up, faults are off. */
  calm(): Promise<void>;
}

interface Doing {
  readonly world: ChaosWorld;
  readonly random: Random;
  readonly event: PlannedEvent;
  /** Which scheduler acts, as far as its log told. */
  leader(): RoleProcess | undefined;
  /** Runs when the event is over, or the storm. */
  over(undo: () => Promise<void> | void): void;
}

type Deed = (doing: Doing) => Promise<string> | string;

const nothing = "";
const crashesAtOnce = 5;
/** How long after a crash its consequences are dealt with. */
const underWayMs = [50, 2000] as const;

function pickUp({ world, random }: Doing, role?: RoleName): RoleProcess | undefined {
  const up = world.processes.filter((each) => each.isUp && !each.isPaused);
  const suited = role === undefined ? up : up.filter((each) => each.role === role);
  return suited.length > 0 ? random.pick(suited) : undefined;
}

/** Starts tasks off, so that what comes next hits a scheduler in the middle of its calls. */
async function makeWork({ world: { simulator, clock }, random }: Doing): Promise<void> {
  for (let count = 0; count < crashesAtOnce; count++) crashTask(simulator, random);
  await clock.sleep(random.int(...underWayMs));
}

const ending =
  (how: "kill" | "stop", role: RoleName): Deed =>
  async (doing) => {
    const process = pickUp(doing, role);
    return process ? end(doing, process, how) : nothing;
  };

async function end(
  { over, event }: Doing,
  process: RoleProcess,
  how: "kill" | "stop",
): Promise<string> {
  const ended = process[how]();
  // It is gone for that long from now on, or from its end on, when that takes longer.
  over(async () => {
    await ended;
    process.start();
  });
  if (how === "kill") await ended;
  return `${process.name}, for ${event.forMs} ms`;
}

function pause({ over, event }: Doing, process: RoleProcess | undefined): string {
  if (!process) return nothing;
  process.pause();
  over(() => process.resume());
  return `${process.name}, for ${event.forMs} ms`;
}

const linked =
  (which: "redis" | "aws", state: LinkState): Deed =>
  (doing) => {
    const { world, random, event, over } = doing;
    // The API has no business with AWS.
    const suited = world.processes.filter(
      ({ role, links }) => (which === "redis" || role !== "api") && links[which].state() === "fine",
    );
    if (suited.length === 0) return nothing;
    const process = random.pick(suited);
    const link = process.links[which];
    const options = { delayMs: random.int(20, 700), halfOpen: random.chance(0.4) };
    link.become(state, options);
    over(() => link.become("fine"));
    const how = state === "slow" ? `by ${options.delayMs} ms` : options.halfOpen ? "half open" : "";
    return `${process.name} ${how}, for ${event.forMs} ms`;
  };

const fault =
  (change: Partial<Faults>): Deed =>
  ({ world: { simulator }, event, over }) => {
    const names = Object.keys(change).filter((name): name is keyof Faults =>
      Object.hasOwn(noFaults, name),
    );
    simulator.setFaults(change);
    over(() =>
      simulator.setFaults(Object.fromEntries(names.map((name) => [name, noFaults[name]]))),
    );
    return `${JSON.stringify(change)} for ${event.forMs} ms`;
  };

async function killRedis(doing: Doing, loseMs: number): Promise<string> {
  const { world, event, over } = doing;
  const { redis, recorder } = world;
  if (!redis.isUp()) return nothing;
  // What readers may have seen should be known before it is lost.
  await recorder.catchUp();
  await redis.kill(loseMs);
  if (event.forMs === 0) await redis.start();
  else over(() => redis.start());
  const lost = loseMs > 0 ? `; its last ${loseMs} ms are lost` : "";
  return `for ${event.forMs} ms${lost}`;
}

const person =
  (deed: Parameters<ChaosWorld["users"]["act"]>[0]): Deed =>
  ({ world, random }) => {
    const there = active(world.simulator);
    const instance = there.length > 0 ? random.pick(there).id : undefined;
    // Mostly a replica that runs; people cannot always know.
    const up = world.urls.filter((_, index) => world.of("api")[index]?.isUp);
    const urls = up.length > 0 && random.chance(0.9) ? up : world.urls;
    return world.users.act(deed, random.pick(urls), instance, random);
  };

const client =
  (anew: boolean): Deed =>
  ({ world, random }) => {
    const subscriber = random.pick(world.subscribers);
    subscriber.leave(anew);
    return `subscriber ${subscriber.name}`;
  };

const deeds: Readonly<Record<Kind, Deed>> = {
  killIngest: ending("kill", "ingest"),
  killApi: ending("kill", "api"),
  killScheduler: ending("kill", "scheduler"),
  killLeader: async (doing) => {
    await makeWork(doing);
    const leader = doing.leader();
    return leader?.isUp ? end(doing, leader, "kill") : nothing;
  },
  stopIngest: ending("stop", "ingest"),
  stopApi: ending("stop", "api"),
  stopScheduler: ending("stop", "scheduler"),
  pauseShort: (doing) => pause(doing, pickUp(doing)),
  pauseLong: (doing) => pause(doing, pickUp(doing)),
  pauseLeader: async (doing) => {
    const leader = doing.leader();
    if (!leader?.isUp || leader.isPaused) return nothing;
    // Far from Redis it is long in between what it decides and what it does: there it is to be caught.
    const far = leader.links.redis.state() === "fine";
    if (far) leader.links.redis.become("slow", { delayMs: doing.random.int(20, 250) });
    await makeWork(doing);
    doing.over(() => void (far && leader.links.redis.become("fine")));
    return leader.isUp ? pause(doing, leader) : nothing;
  },
  cutRedis: linked("redis", "cut"),
  silentRedis: linked("redis", "silent"),
  deafRedis: linked("redis", "deaf"),
  slowRedis: linked("redis", "slow"),
  cutAws: linked("aws", "cut"),
  silentAws: linked("aws", "silent"),
  deafAws: linked("aws", "deaf"),
  slowAws: linked("aws", "slow"),
  redisKill: (doing) => killRedis(doing, 0),
  redisTailLost: async (doing) => {
    // There must be something to lose.
    await makeWork(doing);
    return killRedis(doing, doing.random.int(100, 1000));
  },
  redisOutage: (doing) => killRedis(doing, 0),
  redisFreeze: ({ world: { redis }, event, over }) => {
    if (!redis.isUp()) return nothing;
    redis.freeze();
    over(() => redis.thaw());
    return `for ${event.forMs} ms`;
  },
  throttle: fault({ throttleRatio: 0.3 }),
  errors: fault({ errorRatio: 0.2 }),
  lostReplies: async (doing) => {
    // Where the event comes late, too, nobody knows of a start but who asks.
    const late = { eventLatencyMs: 6000 };
    const said = fault({ lostReplyRatio: 0.5, ...late })(doing);
    for (let count = 0; count < 3; count++) await makeWork(doing);
    return said;
  },
  startFailures: fault({ startFailureRatio: 0.3 }),
  startRefusals: fault({ startRefusalRatio: 0.3 }),
  staleReads: fault({ readStalenessMs: 1500 }),
  slowEcs: fault({ ecsLatencyMs: 400 }),
  slowSqs: fault({ sqsLatencyMs: 300 }),
  duplicateEvents: fault({ eventDuplicateRatio: 0.5 }),
  delayedEvents: fault({ eventDelayRatio: 0.5, eventDelayMs: 4000 }),
  reorderedEvents: fault({ eventReorderRatio: 0.5 }),
  droppedEvents: fault({ eventDropRatio: 0.2 }),
  churn: ({ world: { simulator }, event, over }) => {
    simulator.act((world, now) => setChurn(world, now, 4));
    over(() => simulator.act((world, now) => setChurn(world, now, 0)));
    return `4 a second for ${event.forMs} ms`;
  },
  join: ({ world, random }) => join(world.simulator, world.size.bounds, random),
  terminate: ({ world, random }) => terminate(world.simulator, world.size.bounds, random),
  drain: ({ world, random, over }) => {
    const instance = drain(world.simulator, world.size.bounds, random);
    if (!instance) return nothing;
    const leaves = random.chance(0.7);
    over(() => {
      // It may leave a second time, and run what runs then again.
      if (!leaves) world.tasks.rerunAsked("flush", instance.id);
      endDrain(world.simulator, instance, leaves);
    });
    return `${instance.id}, which then ${leaves ? "leaves" : "stays"}`;
  },
  agentFlap: ({ world, random, event, over }) => {
    const instance = loseAgent(world.simulator, random);
    if (!instance) return nothing;
    over(() => findAgent(world.simulator, instance));
    return `${instance.id}, for ${event.forMs} ms`;
  },
  crashTask: ({ world, random }) => crashTask(world.simulator, random),
  register: person("register"),
  update: person("update"),
  pause: person("pause"),
  resume: person("resume"),
  rollback: person("rollback"),
  rerun: person("rerun"),
  deregister: person("deregister"),
  clientLeaves: client(false),
  clientStartsAnew: client(true),
};

export function createDoer(world: ChaosWorld, leader: () => RoleProcess | undefined): Doer {
  const { clock } = world;
  /** What is going on: how each ends at once. */
  const goingOn = new Set<() => Promise<void>>();

  function over(afterMs: number, undo: () => Promise<void> | void): void {
    let done: Promise<void> | undefined;
    const finish = (): Promise<void> => {
      cancel();
      done ??= Promise.resolve(undo()).finally(() => goingOn.delete(finish));
      return done;
    };
    const cancel = clock.after(afterMs, () => void finish());
    goingOn.add(finish);
  }

  return {
    perform: async (event) => {
      const random = seededRandom(event.dice.join());
      return deeds[event.kind]({
        world,
        random,
        event,
        leader,
        over: (undo) => over(event.forMs, undo),
      });
    },
    calm: async () => {
      await Promise.all([...goingOn].map((finish) => finish()));
      for (const process of world.processes) {
        process.resume();
        process.start();
      }
      await world.redis.start();
    },
  };
}
