// One queue of the simulated SQS: visibility, delays, receipt handles, dead letters. Pure: time and ids are passed in.
import { hash } from "node:crypto";
import { createDueHeap } from "./due-heap.ts";

export interface QueueAttributes {
  visibilityTimeoutSeconds: number;
  retentionSeconds: number;
  delaySeconds: number;
  receiveWaitSeconds: number;
  maximumMessageSize: number;
  redrive: RedrivePolicy | undefined;
  /** Attributes that the simulator keeps and does not act upon (Policy, KmsMasterKeyId, ...). */
  readonly others: Map<string, string>;
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

export interface StoredMessage {
  readonly sequence: number;
  readonly id: string;
  readonly body: string;
  readonly md5: string;
  readonly sentAt: number;
  /** As sent: name -> {DataType, StringValue}. */
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  state: "delayed" | "visible" | "inFlight" | "deleted";
  visibleAt: number;
}

export interface Received {
  readonly message: StoredMessage;
  readonly receiptHandle: string;
}

export type HandleOutcome = "done" | "notInFlight" | "invalid";

export interface SendOptions {
  readonly delaySeconds?: number | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

export interface SqsQueue {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly attributes: QueueAttributes;
  readonly tags: Map<string, string>;
  send(now: number, body: string, options?: SendOptions): StoredMessage;
  /** Up to `most` messages, now in flight; those received too often go to `deadLetters` instead. */
  receive(
    now: number,
    most: number,
    visibilitySeconds: number | undefined,
    deadLetters: SqsQueue | undefined,
  ): Received[];
  /** Takes a receive back, as if it had not happened: its answer reached nobody. */
  unreceive(received: readonly Received[]): void;
  delete(receiptHandle: string): HandleOutcome;
  changeVisibility(now: number, receiptHandle: string, seconds: number): HandleOutcome;
  purge(): void;
  /** Takes a message of another queue over with its age; used for redriving. */
  adopt(now: number, message: StoredMessage): void;
  /** When a delayed or in-flight message becomes visible next; undefined when none will. */
  nextVisibleAt(): number | undefined;
  hasVisible(now: number): boolean;
  counts(now: number): {
    readonly visible: number;
    readonly inFlight: number;
    readonly delayed: number;
  };
}

/** In-flight messages that SQS allows in a standard queue. */
export const inFlightLimit = 120_000;

/** A first-in first-out list whose ends are cheap. */
function createLine<Item>() {
  let items: Item[] = [];
  let head = 0;
  return {
    push: (item: Item) => void items.push(item),
    unshift: (item: Item) => {
      if (head > 0) items[--head] = item;
      else items.unshift(item);
    },
    shift: (): Item | undefined => {
      const item = items[head];
      if (item === undefined) return undefined;
      head += 1;
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    clear: () => {
      items = [];
      head = 0;
    },
  };
}

export function createSqsQueue(name: string, arn: string, createdAt: number): SqsQueue {
  const messages = new Map<number, StoredMessage>();
  const line = createLine<StoredMessage>();
  const wakeups = createDueHeap<{ readonly message: StoredMessage; readonly at: number }>();
  const counted = { visible: 0, inFlight: 0, delayed: 0 };
  const prefix = hash("md5", arn).slice(0, 20);
  let sequence = 0;
  const attributes: QueueAttributes = {
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 345_600,
    delaySeconds: 0,
    receiveWaitSeconds: 0,
    maximumMessageSize: 1_048_576,
    redrive: undefined,
    others: new Map(),
  };

  function setState(message: StoredMessage, state: StoredMessage["state"]): void {
    if (message.state !== "deleted") counted[message.state] -= 1;
    if (state !== "deleted") counted[state] += 1;
    message.state = state;
  }

  function hide(message: StoredMessage, state: "inFlight" | "delayed", until: number): void {
    setState(message, state);
    message.visibleAt = until;
    wakeups.add(until, { message, at: until });
  }

  function wake(now: number): void {
    for (let due = wakeups.take(now); due; due = wakeups.take(now)) {
      const { message, at } = due.item;
      // A later receive, a deletion or a changed timeout has made this wake-up void.
      if (message.visibleAt !== at || (message.state !== "inFlight" && message.state !== "delayed"))
        continue;
      setState(message, "visible");
      line.push(message);
    }
  }

  function remove(message: StoredMessage): void {
    setState(message, "deleted");
    messages.delete(message.sequence);
  }

  const handleOf = (message: StoredMessage) =>
    `AQEB${Buffer.from(`${name}:${message.sequence}:${message.receiveCount}`).toString("base64")}`;

  function find(
    handle: string,
  ): { message: StoredMessage | undefined; latest: boolean } | undefined {
    if (!handle.startsWith("AQEB")) return undefined;
    const [queue, number, receive] = Buffer.from(handle.slice(4), "base64").toString().split(":");
    if (queue !== name || receive === undefined) return undefined;
    const message = messages.get(Number(number));
    return { message, latest: message?.receiveCount === Number(receive) };
  }

  function store(
    now: number,
    body: string,
    sentAt: number,
    delaySeconds: number,
    extra: StoredMessage["attributes"],
    md5 = hash("md5", body),
  ): StoredMessage {
    sequence += 1;
    const tail = sequence.toString(16).padStart(12, "0");
    const message: StoredMessage = {
      sequence,
      id: `${prefix.slice(0, 8)}-${prefix.slice(8, 12)}-${prefix.slice(12, 16)}-${prefix.slice(16, 20)}-${tail}`,
      body,
      md5,
      sentAt,
      attributes: extra,
      receiveCount: 0,
      firstReceivedAt: undefined,
      state: "deleted",
      visibleAt: now,
    };
    messages.set(sequence, message);
    if (delaySeconds > 0) hide(message, "delayed", now + delaySeconds * 1000);
    else {
      setState(message, "visible");
      line.push(message);
    }
    return message;
  }

  return {
    name,
    arn,
    createdAt,
    attributes,
    tags: new Map(),
    send: (now, body, options = {}) =>
      store(now, body, now, options.delaySeconds ?? attributes.delaySeconds, options.attributes),
    adopt: (now, message) =>
      void store(now, message.body, message.sentAt, 0, message.attributes, message.md5),
    receive: (now, most, visibilitySeconds, deadLetters) => {
      wake(now);
      const received: Received[] = [];
      const until = now + (visibilitySeconds ?? attributes.visibilityTimeoutSeconds) * 1000;
      while (received.length < most) {
        const message = line.shift();
        if (!message) break;
        if (message.state !== "visible") continue;
        if (now - message.sentAt > attributes.retentionSeconds * 1000) {
          remove(message);
          continue;
        }
        const { redrive } = attributes;
        if (redrive && deadLetters && message.receiveCount >= redrive.maxReceiveCount) {
          deadLetters.adopt(now, message);
          remove(message);
          continue;
        }
        message.receiveCount += 1;
        message.firstReceivedAt ??= now;
        hide(message, "inFlight", until);
        received.push({ message, receiptHandle: handleOf(message) });
      }
      return received;
    },
    unreceive: (received) => {
      for (const { message } of received.toReversed()) {
        if (message.state !== "inFlight") continue;
        message.receiveCount -= 1;
        setState(message, "visible");
        line.unshift(message);
      }
    },
    delete: (receiptHandle) => {
      const found = find(receiptHandle);
      if (!found) return "invalid";
      // An older handle no longer deletes; SQS still says yes.
      if (found.message && found.latest) remove(found.message);
      return "done";
    },
    changeVisibility: (now, receiptHandle, seconds) => {
      const found = find(receiptHandle);
      if (!found) return "invalid";
      const { message, latest } = found;
      if (!message || !latest || message.state !== "inFlight") return "notInFlight";
      hide(message, "inFlight", now + seconds * 1000);
      wake(now);
      return "done";
    },
    purge: () => {
      for (const message of messages.values()) message.state = "deleted";
      messages.clear();
      line.clear();
      Object.assign(counted, { visible: 0, inFlight: 0, delayed: 0 });
    },
    nextVisibleAt: () => wakeups.nextAt(),
    hasVisible: (now) => {
      wake(now);
      return counted.visible > 0;
    },
    counts: (now) => {
      wake(now);
      return { ...counted };
    },
  };
}
