// `longshore get ... --watch` on a terminal: the table, or the details of one thing, drawn again as they change.
import type { Clock } from "../clock.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { details, noSuchThing, variablesOf } from "./describe.ts";
import type { Which } from "./describe.ts";
import { follow } from "./follow.ts";
import { chosenColumns, orderBy } from "./get.ts";
import type { GetOptions } from "./get.ts";
import { LiveList } from "./live-list.ts";
import { Connection, LiveLoop } from "./live-view.ts";
import { readOne } from "./reading.ts";
import type { Resource } from "./resources/resource.ts";
import type { Size } from "./screen.ts";
import { colourPaint, plainPaint } from "./style.ts";
import { layOutTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const paintOf = ({ colours }: Terminal) => (colours ? colourPaint : plainPaint);
/** Details are read again at most so often. */
const askEveryMs = 200;

/** Shows the table until the user ends it, and leaves what was seen last. Throws a ClientFailure. */
export async function watchTable(
  client: ApiClient,
  resource: Resource,
  options: GetOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const columns = chosenColumns(resource, options);
  const list = new LiveList(resource);
  const loop = new LiveLoop(terminal, clock);
  const connection = new Connection();
  const paint = paintOf(terminal);
  const table = (width: number | undefined, most: number): string[] => {
    const now = clock.now();
    const inOrder =
      orderBy(resource, options.sort, now) ??
      ((a: JsonObject, b: JsonObject) => (resource.key(a) < resource.key(b) ? -1 : 1));
    const nodes = list.values().sort(inOrder).slice(0, most);
    const rows = nodes.map((node) => columns.map(({ value }) => value(node, now)));
    return layOutTable(columns, rows, width, paint);
  };
  const frame = ({ columns: width, rows }: Size): string[] => {
    const most = Math.min(options.limit ?? Infinity, Math.max(1, rows - 3));
    const hidden = list.size - most;
    const told = hidden > 0 ? `, ${hidden} below` : "";
    const coming = list.isWhole ? "" : " so far";
    const count = `${list.size} ${resource.name}${coming}${told}`;
    const state = connection.line(paint, Math.max(0, width - count.length - 2));
    return [...table(width, most), "", `${paint("dim", count)}  ${state}`];
  };
  await loop.run({ frame }, async (signal) => {
    const steps = follow(client, resource.shown, {
      start: { kind: "snapshot" },
      filter: options.filter,
      signal,
      onDown: (failure) => {
        connection.down(failure);
        loop.changed();
      },
      onUp: () => {
        connection.up();
        loop.changed();
      },
    });
    for await (const step of steps) {
      list.apply(step);
      if (step.kind !== "heartbeat") loop.changed();
    }
  });
  await terminal.print(`${table(terminal.width, options.limit ?? 100).join("\n")}\n`);
}

/** Shows the details until the user ends it, and leaves what was seen last. Throws a ClientFailure. */
export async function watchDetail(
  client: ApiClient,
  which: Which,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const detail = details[which.kind];
  const variables = await variablesOf(client, which);
  const first = await readOne(client, detail.asked, variables);
  if (!first) throw noSuchThing(which);
  let node = first;
  let isGone = false;
  const loop = new LiveLoop(terminal, clock);
  const connection = new Connection();
  const paint = paintOf(terminal);
  const lines = (width: number | undefined) =>
    detail.lines(node, { now: clock.now(), width, paint });
  const frame = ({ columns, rows }: Size): string[] => {
    const state = isGone ? paint("busy", "it is gone") : connection.line(paint, columns);
    return [...lines(columns).slice(0, rows - 2), "", state];
  };
  await loop.run({ frame }, async (signal) => {
    // Whatever changes nearby, all of it is read again: at most one question is under way, and one waits.
    let isAsking = false;
    let asksAgain = false;
    const ask = async () => {
      asksAgain = true;
      if (isAsking) return;
      isAsking = true;
      while (asksAgain && !signal.aborted) {
        asksAgain = false;
        const found = await readOne(client, detail.asked, variables).catch(() => node);
        isGone = found === undefined;
        node = found ?? node;
        loop.changed();
        await clock.sleep(askEveryMs, signal);
      }
      isAsking = false;
    };
    const trigger = async (resource: Resource, filter: JsonObject) => {
      const steps = follow(client, resource.shown, {
        start: { kind: "now" },
        filter,
        signal,
        onDown: (failure) => {
          connection.down(failure);
          loop.changed();
        },
        onUp: () => {
          connection.up();
          void ask();
        },
      });
      for await (const step of steps) if (step.kind !== "heartbeat") void ask();
    };
    const triggers = detail.triggers(first);
    await Promise.all(triggers.map(({ resource, filter }) => trigger(resource, filter)));
  });
  await terminal.print(`${lines(terminal.width).join("\n")}\n`);
}
