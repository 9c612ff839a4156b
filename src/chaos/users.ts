// People who work with daemons through the API of any replica while everything breaks, and what they were promised.
import type { Random } from "../random.ts";
import { ask } from "./api-client.ts";
import type { Outcome } from "./api-client.ts";
import {
  contentOf,
  daemonSpecs,
  endingFamily,
  familyRevisions,
  runningFamily,
  runsOnce,
  selectors,
} from "./daemon-specs.ts";
import type { DaemonSpec } from "./daemon-specs.ts";
import { DaemonWishes, effects } from "./daemon-wishes.ts";
import type { Effect } from "./daemon-wishes.ts";

export type Deed = "register" | "update" | "pause" | "resume" | "rollback" | "rerun" | "deregister";

export interface Users {
  readonly wishes: ReadonlyMap<string, DaemonWishes>;
  /** One change of one daemon; resolves with what happened, in words. Never two of one daemon at the same time. */
  act(deed: Deed, url: string, instance: string | undefined, random: Random): Promise<string>;
  /** The same for a daemon that is named. */
  change(spec: DaemonSpec, deed: Deed, url: string, random: Random): Promise<string>;
  counts(): { readonly acknowledged: number; readonly refused: number; readonly lost: number };
}

interface Change {
  readonly mutation: string;
  readonly inputType: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly effect: Effect;
}

const minHealthyPercent = 50;
/** Of daemons that are deregistered, those whose tasks go on. */
const leavesTasksRatio = 0.2;

function registration({ mode, method, launch }: DaemonSpec, random: Random): Change {
  const family = mode === "ALWAYS" ? runningFamily : endingFamily;
  const taskDefinition = `${family}:${random.int(1, familyRevisions)}`;
  const selector = random.pick(Object.keys(selectors));
  const rollout = { method, minHealthyPercent };
  return {
    mutation: "registerDaemon",
    inputType: "RegisterDaemonInput",
    input: { taskDefinition, selector, mode, launch, ...(mode === "ALWAYS" ? { rollout } : {}) },
    effect: effects.register(contentOf(taskDefinition, selector)),
  };
}

function changeOf(
  deed: Deed,
  spec: DaemonSpec,
  instance: string | undefined,
  random: Random,
): Change {
  const plain = { inputType: "DaemonInput", input: {} };
  switch (deed) {
    case "register":
      return registration(spec, random);
    case "update": {
      const { taskDefinition, selector } = registration(spec, random).input;
      return {
        mutation: "updateDaemon",
        inputType: "UpdateDaemonInput",
        input: { taskDefinition, selector },
        effect: effects.update(contentOf(String(taskDefinition), String(selector))),
      };
    }
    case "pause":
      return { ...plain, mutation: "pauseDaemon", effect: effects.pause() };
    case "resume":
      return { ...plain, mutation: "resumeDaemon", effect: effects.resume() };
    case "rollback":
      return {
        mutation: "rollbackDaemon",
        inputType: "RollbackDaemonInput",
        input: {},
        effect: effects.rollback(),
      };
    case "rerun":
      return {
        mutation: "rerunDaemon",
        inputType: "RerunDaemonInput",
        input: { containerInstances: [instance] },
        effect: (wish) => wish,
      };
    case "deregister":
      return {
        mutation: "deregisterDaemon",
        inputType: "DeregisterDaemonInput",
        input: { stopTasks: !random.chance(leavesTasksRatio) },
        effect: effects.deregister(),
      };
  }
}

/** Those that a deed is for: runs are repeated of what joined, and what runs once stays registered. */
function suits(deed: Deed, spec: DaemonSpec): boolean {
  if (deed === "rerun") return spec.mode === "ONCE_JOINED";
  return deed !== "deregister" || !runsOnce(spec);
}

export interface UsersOptions {
  readonly cluster: string;
  /** Called before a run is asked for again. */
  readonly onRerun: (daemon: string, instance: string) => void;
}

export function createUsers({ cluster, onRerun }: UsersOptions): Users {
  const wishes = new Map(daemonSpecs.map(({ name }) => [name, new DaemonWishes()]));
  const busy = new Set<string>();
  const counts = { acknowledged: 0, refused: 0, lost: 0 };

  function note(wish: DaemonWishes, effect: Effect, outcome: Outcome): void {
    if (outcome.kind === "refused") counts.refused++;
    else if (outcome.kind === "lost") {
      counts.lost++;
      wish.unknown(effect);
    } else {
      counts.acknowledged++;
      wish.acknowledged(effect);
    }
  }

  async function perform(
    spec: DaemonSpec,
    deed: Deed,
    url: string,
    instance: string | undefined,
    random: Random,
  ): Promise<string> {
    const wish = wishes.get(spec.name);
    if (!wish || busy.has(spec.name)) return `${spec.name} is being changed: left alone`;
    const { mutation, inputType, input, effect } = changeOf(deed, spec, instance, random);
    if (deed === "rerun") onRerun(spec.name, instance ?? "");
    busy.add(spec.name);
    try {
      const query = `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { daemon { name } } }`;
      const whole = { input: { cluster, name: spec.name, ...input } };
      const outcome = await ask(url, query, whole);
      note(wish, effect, outcome);
      const end = outcome.kind === "refused" ? `${outcome.code}: ${outcome.message}` : outcome.kind;
      return `${mutation} ${JSON.stringify(whole.input)}: ${end}`;
    } finally {
      busy.delete(spec.name);
    }
  }

  return {
    wishes,
    act: (deed, url, instance, random) => {
      const suited = daemonSpecs.filter((spec) => suits(deed, spec));
      const absent = suited.filter(({ name }) =>
        wishes.get(name)?.possible.some(({ exists }) => !exists),
      );
      const wanted = deed === "register" && absent.length > 0 ? absent : suited;
      return perform(random.pick(wanted), deed, url, instance, random);
    },
    change: (spec, deed, url, random) => perform(spec, deed, url, undefined, random),
    counts: () => counts,
  };
}
