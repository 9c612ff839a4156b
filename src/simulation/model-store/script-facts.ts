// Which calls of the store a script's run is, as facts: calls that write, with the lease that they were made under and
// with what became of them. Pure.
import type { Decision } from "../../daemon/decision.ts";
import { clusterOfChannel } from "../../store/keys.ts";
import type { Scripts } from "../../store/scripts.ts";
import type { StateStore } from "../../store/store.ts";
import type { FactBody } from "../facts.ts";

const methods: Partial<Readonly<Record<keyof Scripts, keyof StateStore>>> = {
  apply: "apply",
  remove: "remove",
  putControl: "writeControl",
  putDefinitions: "putTaskDefinitions",
  noteDecisions: "noteDecisions",
};

/** Where the lease stands in a script's arguments. */
const leaseAt: Partial<Readonly<Record<keyof Scripts, number>>> = {
  putControl: 4,
  noteDecisions: 0,
};

const outcomes: Readonly<Record<string, string>> = {
  OK: "written",
  FENCED: "fenced",
  CONFLICT: "conflict",
};

/** Of a key with a cluster's hash tag. */
const clusterOfKey = (key = ""): string | undefined =>
  clusterOfChannel(`${key.slice(0, key.indexOf("}") + 1)}:changes`);

export function tellOfScript(
  script: keyof Scripts,
  process: string,
  keys: readonly string[],
  argv: readonly string[],
  reply: unknown,
): FactBody[] {
  const method = methods[script];
  const first: unknown = Array.isArray(reply) ? reply[0] : reply;
  // The store opens the log and sends it once more.
  if (method === undefined || first === "RUN") return [];
  const lease = argv[leaseAt[script] ?? -1] || undefined;
  const cluster = clusterOfKey(keys[0]);
  if (method !== "noteDecisions") {
    const outcome = outcomes[String(first)] ?? "ok";
    return [{ kind: "store", process, method, cluster, lease, outcome }];
  }
  const outcome = first === 1 ? "written" : "fenced";
  const fact: FactBody = { kind: "store", process, method, cluster, lease, outcome };
  if (outcome === "fenced" || cluster === undefined) return [fact];
  const daemon = (keys[0] ?? "").split("}:decisions:")[1] ?? "";
  const noted = argv.slice(3).map((text): Decision => JSON.parse(text));
  return [
    fact,
    ...noted.map((decision) => ({ kind: "decision", process, cluster, daemon, decision }) as const),
  ];
}
