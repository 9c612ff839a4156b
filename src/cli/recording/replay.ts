// `longshore replay`: feeds a recorded file to a queue, as fast as it was, faster, or as fast as the queue takes it.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Clock } from "../../clock.ts";
import { openSqsSender } from "../../sqs/sqs-sender.ts";
import { ClientFailure, usageFailure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { queueFailure } from "./aws-failure.ts";
import { readLine } from "./file.ts";
import type { Recorded } from "./file.ts";

export interface ReplayOptions {
  readonly path: string;
  /** Name or URL. */
  readonly queue: string;
  /** 1 is as it was, 10 ten times as fast; undefined for as fast as the queue takes it. */
  readonly speed: number | undefined;
}

/** Messages that go out together when nothing has to be waited for. */
const atOnce = 100;

async function* recordedIn(path: string): AsyncGenerator<Recorded, void> {
  const input = path === "-" ? process.stdin : createReadStream(path, "utf8");
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      const read = readLine(line);
      if (typeof read === "string")
        throw usageFailure(`${path}:${number} cannot be sent: ${read}.`);
      if (read) yield read;
    }
  } catch (error) {
    if (error instanceof ClientFailure || !(error instanceof Error)) throw error;
    throw usageFailure(`file ${path} cannot be read: ${error.message}`);
  }
}

/** Sends everything in the file. Throws a ClientFailure; how much was sent by then was told. */
export async function replay(
  { path, queue, speed }: ReplayOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const sender = openSqsSender(queue);
  const { interrupted } = terminal;
  const begun = clock.monotonic();
  let firstAt: number | undefined;
  let sent = 0;
  let waiting: string[] = [];
  const flush = async () => {
    if (waiting.length === 0) return;
    await sender.send(waiting).catch((error: unknown) => {
      throw queueFailure(queue, error);
    });
    sent += waiting.length;
    waiting = [];
    terminal.progress(`longshore: sent ${sent} events to ${queue}`);
  };
  try {
    for await (const { at, body } of recordedIn(path)) {
      if (interrupted.aborted) break;
      firstAt ??= at;
      const due =
        speed === undefined || at === undefined || firstAt === undefined
          ? 0
          : begun + (at - firstAt) / speed;
      const early = due - clock.monotonic();
      if (early > 0) {
        await flush();
        await clock.sleep(early, interrupted);
      }
      waiting.push(body);
      if (waiting.length >= atOnce) await flush();
    }
    if (!interrupted.aborted) await flush();
  } finally {
    sender.close();
    terminal.note(`longshore: sent ${sent} events to ${queue}.`);
  }
  if (interrupted.aborted)
    throw new ClientFailure("here", "INTERRUPTED", `the rest of ${path} was not sent.`);
}
