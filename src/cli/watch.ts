// `longshore watch`: prints changes as they come, a line each. What follows them is elsewhere.
import type { Clock } from "../clock.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { describeFailure } from "./failure.ts";
import { follow } from "./follow.ts";
import type { Start, Step } from "../client/follow.ts";
import type { Resource } from "./resources/resource.ts";
import { layOutLine } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface WatchOptions {
  readonly json: boolean;
  /** Print first what is there now. */
  readonly snapshot: boolean;
  /** Cursor to continue behind. */
  readonly after: string | undefined;
  readonly filter: JsonObject;
}

function startOf({ snapshot, after }: WatchOptions): Start {
  if (snapshot) return { kind: "snapshot" };
  return after === undefined ? { kind: "now" } : { kind: "after", cursor: after };
}

function lineOf(
  step: Extract<Step, { type: string }>,
  resource: Resource,
  width: number | undefined,
  now: number,
): string {
  const time = new Date(now).toISOString().slice(11, 19);
  const rest = step.kind === "change" ? resource.line(step.entity) : ["from here on: changes"];
  return layOutLine([`${time}Z`, step.type.padEnd("MODIFIED".length), ...rest], width);
}

/** Prints changes until the user ends it. Throws a ClientFailure that another try would not mend. */
export async function watch(
  client: ApiClient,
  resource: Resource,
  options: WatchOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const { json, filter } = options;
  let wasDown = false;
  const steps = follow(client, json ? resource.full : resource.shown, {
    start: startOf(options),
    filter,
    signal: terminal.interrupted,
    onDown: (failure) => {
      wasDown = true;
      terminal.note(`${describeFailure(failure)} Trying again until it works.`);
    },
    onUp: (resumes) => {
      if (!wasDown) return;
      wasDown = false;
      const where = resumes ? "going on where it was" : "starting with a snapshot";
      terminal.note(`longshore: connected again, ${where}.`);
    },
  });
  for await (const step of steps) {
    if (step.kind === "heartbeat") continue;
    if (step.kind === "reset") {
      // What was printed does not add up to the present any more; a program that reads us is told so in-band.
      const { code, message } = step;
      terminal.note(
        `longshore: ${code}: ${message}. Changes may be missing; starting over with a snapshot.`,
      );
      if (json) await terminal.print(`${JSON.stringify({ type: "RESET", code, message })}\n`);
    } else if (json) await terminal.print(`${JSON.stringify(step.change)}\n`);
    else await terminal.print(`${lineOf(step, resource, terminal.width, clock.now())}\n`);
  }
}
