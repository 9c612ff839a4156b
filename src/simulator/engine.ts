// The simulation at work: brings the world up to now, hands its events to the queue, and sleeps until something is due.
// Owns the only timer of the world; knows no HTTP.
import type { Clock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { createCallLog } from "./call-log.ts";
import type { CallLog } from "./call-log.ts";
import { createEventDelivery } from "./event-delivery.ts";
import type { EventFate } from "./event-delivery.ts";
import { noFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { createQueueSet } from "./sqs-queues.ts";
import type { QueueSet } from "./sqs-queues.ts";
import type { SqsQueue } from "./sqs-queue.ts";
import { createThrottle } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";
import { nextDueAt, tick } from "./tick.ts";
import type { World } from "./world.ts";

/** Node's timers end at 2^31 ms; a nap is cheap. */
const longestNapMs = 3_600_000;

export interface Engine {
  readonly world: World;
  readonly seed: number | string;
  readonly clock: Clock;
  readonly queues: QueueSet;
  readonly eventQueue: SqsQueue;
  readonly throttle: Throttle;
  readonly calls: CallLog;
  /** Decides which calls a fault hits; apart from the world's, so that faults do not change the fleet. */
  readonly faultRandom: Random;
  /** Hear every event in the order in which ECS said it, whatever becomes of it on its way. */
  readonly listeners: Set<(body: string) => void>;
  faults: Faults;
  setFaults(faults: Faults): void;
  /** Runs a change of the world at the present time and sends what it caused. */
  act<Result>(change: (world: World, now: number) => Result): Result;
  /** Puts a body into the event queue as it is, past all faults. */
  sendRaw(body: string): void;
  /** Plans the next wake-up anew: something else may be due earlier now. */
  replan(): void;
  stop(): void;
}

export interface EngineOptions {
  readonly world: World;
  readonly seed: number | string;
  readonly clock: Clock;
  readonly throttleScale: number;
  /** Hears what becomes of events on their way. */
  readonly onEventFate?: (fate: EventFate, body: string) => void;
}

function createQueues(clock: Clock, world: World): { queues: QueueSet; eventQueue: SqsQueue } {
  const { partition, region, account } = world.scope;
  const queues = createQueueSet(clock, `arn:${partition}:sqs:${region}:${account}`);
  const deadLetters = queues.create("longshore-dlq");
  const eventQueue = queues.create("longshore");
  eventQueue.attributes.redrive = { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 };
  return { queues, eventQueue };
}

export function createEngine(options: EngineOptions): Engine {
  const { world, seed, clock, throttleScale, onEventFate } = options;
  const { queues, eventQueue } = createQueues(clock, world);
  const delivery = createEventDelivery(seededRandom(`${seed}:events`), onEventFate);
  let planned: { readonly at: number; readonly cancel: () => void } | undefined;
  let stopped = false;

  function send(now: number): void {
    const events = world.outbox;
    if (events.length > 0) world.outbox = [];
    for (const body of events) for (const listener of engine.listeners) listener(body);
    const arriving = delivery.deliver(now, events, engine.faults);
    for (const body of arriving) eventQueue.send(now, body);
    if (arriving.length > 0) queues.arrived();
  }

  function plan(): void {
    if (stopped) return;
    const due = [nextDueAt(world), delivery.nextDueAt(), queues.nextDueAt()];
    const at = Math.min(...due.map((each) => each ?? Number.POSITIVE_INFINITY));
    if (planned && planned.at <= at) return;
    planned?.cancel();
    planned = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(longestNapMs, Math.max(0, Math.ceil(at - clock.now())));
    planned = { at, cancel: clock.after(delayMs, wake) };
  }

  function wake(): void {
    planned = undefined;
    if (stopped) return;
    const now = clock.now();
    tick(world, now);
    send(now);
    queues.arrived();
    plan();
  }

  const engine: Engine = {
    world,
    seed,
    clock,
    queues,
    eventQueue,
    throttle: createThrottle(throttleScale),
    calls: createCallLog(),
    faultRandom: seededRandom(`${seed}:faults`),
    listeners: new Set(),
    faults: noFaults,
    setFaults: (faults) => {
      engine.faults = faults;
      world.startFailureRatio = faults.startFailureRatio;
      world.startRefusalRatio = faults.startRefusalRatio;
      world.readStalenessMs = faults.readStalenessMs;
      world.silentAttributeRatio = faults.silentAttributeRatio;
    },
    act: (change) => {
      const now = clock.now();
      tick(world, now);
      try {
        return change(world, now);
      } finally {
        send(now);
        plan();
      }
    },
    sendRaw: (body) => {
      eventQueue.send(clock.now(), body);
      queues.arrived();
    },
    replan: plan,
    stop: () => {
      stopped = true;
      planned?.cancel();
    },
  };
  plan();
  return engine;
}
