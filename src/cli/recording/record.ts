// `longshore record`: saves what happens to a file that `longshore replay` feeds to a queue. By default it follows the
// API, which takes nothing away from anybody; a queue is read only when it is named, for its messages are taken.
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Clock } from "../../clock.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { openSqsQueue } from "../../sqs/sqs-queue.ts";
import type { Listed } from "../asked.ts";
import type { ApiClient } from "../client.ts";
import { describeFailure, usageFailure } from "../failure.ts";
import { follow } from "../follow.ts";
import type { Terminal } from "../terminal.ts";
import { queueFailure } from "./aws-failure.ts";
import { instanceEvent, recordedInstances, recordedTasks, taskEvent } from "./events.ts";
import { eventLine, messageLine } from "./file.ts";

export interface RecordOptions {
  /** File to write; it must not be there, unless `append`. */
  readonly path: string;
  readonly append: boolean;
  /** Cluster to record alone, by name or ARN. */
  readonly cluster: string | undefined;
  /** Queue to take messages from, by name or URL, instead of following the API. */
  readonly queue: string | undefined;
}

async function openFile(path: string, append: boolean): Promise<FileHandle> {
  try {
    return await open(path, append ? "a" : "ax");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const exists = reason.startsWith("EEXIST");
    throw usageFailure(
      exists
        ? `file ${path} is there already: --append goes on behind it, or name another one.`
        : `file ${path} cannot be written: ${reason}`,
    );
  }
}

/** A file that is written in order, and how many lines it got. */
class Tape {
  readonly #file: FileHandle;
  readonly #terminal: Terminal;
  /** Ends when everything before is written: two followers share the file. */
  #writing: Promise<void> = Promise.resolve();
  lines = 0;

  constructor(file: FileHandle, terminal: Terminal) {
    this.#file = file;
    this.#terminal = terminal;
  }

  async add(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    this.#writing = this.#writing.then(() => this.#file.appendFile(lines.join("")));
    await this.#writing;
    this.lines += lines.length;
    this.#terminal.progress(`longshore: recorded ${this.lines} events; Ctrl-C ends it`);
  }

  /** Resolves when what was added is on the disk. */
  sync(): Promise<void> {
    return this.#file.datasync();
  }
}

async function recordApi(
  client: ApiClient,
  cluster: string | undefined,
  tape: Tape,
  { terminal, clock, signal }: Recording,
): Promise<void> {
  const record = async <Node>(
    asked: Listed<Node>,
    toEvent: (node: Node, seenAt: string) => JsonObject,
  ) => {
    const steps = follow(client, asked, {
      start: { kind: "snapshot" },
      filter: cluster === undefined ? {} : { cluster },
      signal,
      onDown: (failure) => terminal.note(`${describeFailure(failure)} Trying again.`),
    });
    for await (const step of steps) {
      if (step.kind === "reset")
        terminal.note(
          `longshore: ${step.code}: ${step.message}. What happened meanwhile is missing; what is there now follows.`,
        );
      // What leaves Longshore, because its time is over, is nothing that ECS tells of.
      if (step.kind !== "change" || step.type === "REMOVED") continue;
      const seenAt = new Date(clock.now()).toISOString();
      await tape.add([eventLine(seenAt, toEvent(step.entity, seenAt))]);
    }
  };
  await Promise.all([record(recordedInstances, instanceEvent), record(recordedTasks, taskEvent)]);
}

const waitSeconds = 5;

async function recordQueue(name: string, tape: Tape, { clock, signal }: Recording): Promise<void> {
  const queue = openSqsQueue({ queue: name, clock });
  try {
    while (!signal.aborted) {
      const messages = await queue.receive(waitSeconds, signal);
      const at = new Date(clock.now()).toISOString();
      await tape.add(messages.map(({ body }) => messageLine(at, body)));
      if (messages.length === 0) continue;
      // Deleted only when it cannot be lost any more; what SQS keeps comes again, and twice does no harm.
      await tape.sync();
      await queue.delete(messages);
    }
  } catch (error) {
    if (!signal.aborted) throw queueFailure(name, error);
  } finally {
    queue.close();
  }
}

interface Recording {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Records until the user ends it, or `forMs` is over. Throws a ClientFailure. */
export async function record(
  client: ApiClient,
  options: RecordOptions & { readonly forMs: number | undefined },
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const { path, append, cluster, queue, forMs } = options;
  const over = new AbortController();
  const cancel = forMs === undefined ? undefined : clock.after(forMs, () => over.abort());
  const signal = AbortSignal.any([over.signal, terminal.interrupted]);
  const file = await openFile(path, append);
  const tape = new Tape(file, terminal);
  try {
    const recording = { terminal, clock, signal };
    if (queue === undefined) await recordApi(client, cluster, tape, recording);
    else await recordQueue(queue, tape, recording);
  } finally {
    cancel?.();
    await file.close();
  }
  terminal.note(`longshore: recorded ${tape.lines} events to ${path}.`);
}
