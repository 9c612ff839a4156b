// What a tile of the fleet means: from a container instance, by the meaning somebody chose, to a tone and a few words.
// Pure; draws nothing.
import { instanceName } from "../feed.ts";
import type { Tone } from "../feed.ts";
import type { Capacity, Instance, Task } from "../model.ts";

/** What tiles are coloured by. */
export type Meaning = "status" | "daemons" | "cpu" | "memory" | "agent" | "health";

export const meanings: readonly (readonly [Meaning, string])[] = [
  ["status", "Status"],
  ["daemons", "Daemon coverage"],
  ["cpu", "Free CPU"],
  ["memory", "Free memory"],
  ["agent", "Agent"],
  ["health", "Task health"],
];

/** `heat0` is idle, `heat4` is full. */
export type TileTone = Tone | "heat0" | "heat1" | "heat2" | "heat3" | "heat4";

export interface Look {
  readonly tone: TileTone;
  /** A few words for a tile that has room for them. */
  readonly text: string;
}

/** A daemon on an instance: name and state, as `InstanceDaemon` tells it. */
export interface Cover {
  readonly name: string;
  readonly state: string;
}

export interface Subject {
  readonly instance: Instance;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Undefined until the API has told. */
  readonly daemons: readonly Cover[] | undefined;
}

/** Tone of an instance's status and agent together. */
export function instanceTone({ status, agentConnected }: Instance): Tone {
  if (status === "REGISTRATION_FAILED" || !agentConnected) return "bad";
  return status === "ACTIVE" ? "good" : "busy";
}

const shownTasks = (count: number): string => (count === 1 ? "1 task" : `${count} tasks`);

function ofStatus({ instance, tasks }: Subject): Look {
  const tone = instanceTone(instance);
  if (tone === "good") return { tone, text: shownTasks(tasks.size) };
  return { tone, text: instance.agentConnected ? instance.status : "agent off" };
}

const heats = ["heat0", "heat1", "heat2", "heat3", "heat4"] as const;

function ofCapacity(capacity: Capacity | null): Look {
  if (capacity === null) return { tone: "plain", text: "not known" };
  const free = Math.max(0, Math.min(1, capacity.free / capacity.total));
  const step = Math.min(heats.length - 1, Math.floor((1 - free) * heats.length));
  return { tone: heats[step] ?? "heat4", text: `${Math.round(100 * free)} % free` };
}

function ofHealth({ tasks }: Subject): Look {
  let moving = 0;
  let unhealthy = 0;
  for (const { lastStatus, desiredStatus, healthStatus } of tasks.values()) {
    if (healthStatus === "UNHEALTHY") unhealthy++;
    else if (lastStatus !== "RUNNING" || desiredStatus === "STOPPED") moving++;
  }
  if (unhealthy > 0) return { tone: "bad", text: `${unhealthy} unhealthy` };
  if (moving > 0) return { tone: "busy", text: `${moving} moving` };
  if (tasks.size === 0) return { tone: "plain", text: "no tasks" };
  return { tone: "good", text: shownTasks(tasks.size) };
}

/** States in which a daemon is as it should be there. */
const settled = new Set(["RUNNING", "SUCCEEDED", "SKIPPED"]);

function ofDaemons({ daemons }: Subject): Look {
  if (!daemons) return { tone: "plain", text: "…" };
  const wanted = daemons.filter(({ state }) => state !== "EXCLUDED");
  if (wanted.length === 0) return { tone: "plain", text: "no daemon" };
  const there = wanted.filter(({ state }) => settled.has(state)).length;
  const text = `${there} of ${wanted.length}`;
  if (wanted.some(({ state }) => state === "FAILED")) return { tone: "bad", text };
  return { tone: there === wanted.length ? "good" : "busy", text };
}

/** How a tile looks. */
export function lookOf(meaning: Meaning, subject: Subject): Look {
  const { instance } = subject;
  if (meaning === "status") return ofStatus(subject);
  if (meaning === "cpu") return ofCapacity(instance.cpu);
  if (meaning === "memory") return ofCapacity(instance.memory);
  if (meaning === "health") return ofHealth(subject);
  if (meaning === "daemons") return ofDaemons(subject);
  return instance.agentConnected
    ? { tone: "good", text: "connected" }
    : { tone: "bad", text: "off" };
}

/** What the colours stand for. */
export function legendOf(meaning: Meaning): readonly (readonly [TileTone, string])[] {
  if (meaning === "cpu" || meaning === "memory")
    return [
      ["heat0", "over 80 % free"],
      ["heat1", "60 to 80 %"],
      ["heat2", "40 to 60 %"],
      ["heat3", "20 to 40 %"],
      ["heat4", "under 20 %"],
      ["plain", "not known"],
    ];
  if (meaning === "daemons")
    return [
      ["good", "all daemons run"],
      ["busy", "some start or wait"],
      ["bad", "a daemon fails"],
      ["plain", "none wanted"],
    ];
  if (meaning === "health")
    return [
      ["good", "all tasks run"],
      ["busy", "some start or stop"],
      ["bad", "a task is unhealthy"],
      ["plain", "no tasks"],
    ];
  if (meaning === "agent")
    return [
      ["good", "connected"],
      ["bad", "disconnected"],
    ];
  return [
    ["good", "active"],
    ["busy", "draining or registering"],
    ["bad", "agent off or failed"],
  ];
}

/** All that a tile stands for in a sentence, for its tooltip and for those who hear it. */
export function describe({ instance, tasks, daemons }: Subject): string {
  const { status, agentConnected, cpu, memory, instanceType, availabilityZone } = instance;
  const free = (capacity: Capacity | null, name: string) =>
    capacity === null
      ? []
      : [`${Math.round((100 * capacity.free) / capacity.total)} % ${name} free`];
  const covers = daemons?.map(({ name, state }) => `${name} ${state}`) ?? [];
  return [
    `${instanceName(instance)}: ${status}`,
    `agent ${agentConnected ? "connected" : "disconnected"}`,
    shownTasks(tasks.size),
    ...free(cpu, "CPU"),
    ...free(memory, "memory"),
    ...[instanceType, availabilityZone].filter((each) => each !== null),
    ...(covers.length > 0 ? [`daemons ${covers.join(", ")}`] : []),
  ].join(", ");
}
