// What a user does next: one mutation with its input, drawn at random, now and then one that makes no sense. Pure.
import type { Random } from "../random.ts";
import { selectors } from "./selectors.ts";

export interface Act {
  readonly mutation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  /** Code of the error that it must be answered with; undefined where it depends. */
  readonly expects?: string | undefined;
}

/** What acts are drawn from. */
interface Around {
  readonly clusters: () => readonly {
    readonly name: string;
    readonly arn: string;
    readonly instances: readonly string[];
  }[];
  readonly definitions: { readonly always: readonly string[]; readonly once: readonly string[] };
}

/** Few names, so that users meet: a name is registered, removed and registered again as something else. */
const names = ["log-router", "exporter", "volume", "farewell"] as const;
const modeOf: Readonly<Record<string, readonly string[]>> = {
  "log-router": ["ALWAYS"],
  exporter: ["ALWAYS", "ALWAYS", "ONCE_JOINED"],
  volume: ["ONCE_JOINED", "ONCE_JOINED", "ALWAYS"],
  farewell: ["ONCE_LEAVING"],
};

type Settings = Readonly<Record<string, unknown>>;

const maybe = <T>(random: Random, share: number, draw: () => T): T | undefined =>
  random.chance(share) ? draw() : undefined;

/** Members that are undefined are left out, as a client would. */
const withoutHoles = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

function drawRollout(random: Random): Settings {
  const method = random.pick(["TERMINATE_THEN_REPLACE", "REPLACE_THEN_TERMINATE"]);
  return withoutHoles({
    method,
    minHealthyPercent: maybe(random, 0.7, () => random.pick([0, 50, 75, 90, 100])),
    maxOverPercent: maybe(random, 0.4, () => random.pick([1, 25, 50, 100])),
    canaryPercent: maybe(random, 0.3, () => random.pick([0, 20, 50])),
    autoRollback: maybe(random, 0.4, () => random.chance(0.7)),
  });
}

/** Mostly what works, now and then what fails, has no room, or is not there at all. */
function drawDefinition(random: Random, once: boolean, { definitions }: Around): string {
  if (random.chance(0.04)) return "nowhere:1";
  const mine = once ? definitions.once : definitions.always;
  return random.chance(0.9) ? random.pick(mine) : random.pick(definitions.always);
}

function drawSettings(random: Random, once: boolean, around: Around): Settings {
  return {
    selector: maybe(random, 0.5, () => random.pick(selectors).text),
    launch: maybe(random, 0.4, () => random.pick(["START_TASK", "RUN_TASK"])),
    rollout: maybe(random, 0.6, () => drawRollout(random)),
    drainOrder: maybe(random, 0.3, () => random.int(-2, 2)),
    readinessAttribute: maybe(random, 0.25, () => random.pick(["daemons.ready", "ready", ""])),
    tags: maybe(random, 0.15, () => [{ key: "round", value: String(random.int(1, 3)) }]),
    taskDefinition: drawDefinition(random, once, around),
  };
}

function register(random: Random, name: string, around: Around): Act {
  const mode = random.pick(modeOf[name] ?? ["ALWAYS"]);
  const { launch, ...settings } = drawSettings(random, mode !== "ALWAYS", around);
  const input = {
    ...settings,
    mode,
    // RunTask places nothing on an instance that drains: together they are refused.
    launch: mode === "ONCE_LEAVING" ? undefined : launch,
    paused: maybe(random, 0.1, () => true),
  };
  return { mutation: "registerDaemon", input, dryRun: random.chance(0.08) };
}

function update(random: Random, name: string, around: Around, seen: number | undefined): Act {
  const once = name === "volume" || name === "farewell";
  const all = drawSettings(random, once, around);
  // One thing or two at a time.
  const chosen = Object.entries(all).filter(() => random.chance(0.35));
  const input: Settings = {
    ...Object.fromEntries(chosen),
    taskDefinition: maybe(random, 0.7, () => all["taskDefinition"]),
    expectedRevision: maybe(random, 0.3, () => seen),
  };
  const launch = name === "farewell" ? undefined : input["launch"];
  return {
    mutation: "updateDaemon",
    input: { ...input, launch },
    dryRun: random.chance(0.08),
  };
}

/** What is refused whatever else is true. */
function drawNonsense(random: Random): Act {
  const bad = (mutation: string, input: Settings): Act => ({
    mutation,
    input,
    dryRun: false,
    expects: "BAD_USER_INPUT",
  });
  const stale: Act = {
    mutation: "updateDaemon",
    input: { taskDefinition: "log-router:2", expectedRevision: 100_000 },
    dryRun: false,
    expects: "CONFLICT",
  };
  return random.pick([
    stale,
    bad("registerDaemon", { taskDefinition: "log-router:1", selector: "attribute:tier ==" }),
    bad("registerDaemon", { taskDefinition: "log-router:1", name: "no spaces, please" }),
    bad("registerDaemon", {
      taskDefinition: "save-volume:1",
      mode: "ONCE_LEAVING",
      launch: "RUN_TASK",
    }),
    bad("updateDaemon", { rollout: { minHealthyPercent: 101 } }),
    bad("updateDaemon", { readinessAttribute: "ecs.ready" }),
    bad("updateDaemon", { taskDefinition: "not a definition" }),
  ]);
}

/** The next act; undefined while there is no cluster. `isFirst`: something that is there from the beginning. */
export function drawAct(
  random: Random,
  around: Around,
  seen: ReadonlyMap<string, number>,
  isFirst: boolean,
): Act | undefined {
  const clusters = around.clusters();
  if (clusters.length === 0) return undefined;
  const cluster = random.pick(clusters);
  const name = random.pick(names);
  const named = random.chance(0.7) ? cluster.name : cluster.arn;
  const { input, ...act } = isFirst
    ? { ...register(random, name, around), dryRun: false }
    : drawMutation(random, name, around, seen.get(`${named} ${name}`), cluster.instances);
  return { ...act, input: withoutHoles({ name, cluster: named, ...input }) };
}

function drawMutation(
  random: Random,
  name: string,
  around: Around,
  seen: number | undefined,
  instances: readonly string[],
): Act {
  const plain = (mutation: string, input: Settings = {}): Act => ({
    mutation,
    input,
    dryRun: false,
  });
  const how = random.next();
  if (how < 0.22) return register(random, name, around);
  if (how < 0.54) return update(random, name, around, seen);
  if (how < 0.6) return plain("promoteDaemon");
  if (how < 0.66) return plain("pauseDaemon");
  if (how < 0.76) return plain("resumeDaemon");
  if (how < 0.82)
    return plain("rollbackDaemon", { toRevision: maybe(random, 0.4, () => random.int(1, 4)) });
  if (how < 0.88 && instances.length > 0)
    return plain("rerunDaemon", {
      containerInstances: instances.filter(() => random.chance(0.5)).slice(0, 5),
    });
  if (how < 0.94) return plain("deregisterDaemon", { stopTasks: random.chance(0.7) });
  return drawNonsense(random);
}
