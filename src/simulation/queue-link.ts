// SQS for a simulated process: the port of the queue over the simulated network. A receive that nobody hears of has taken
// its messages all the same: they come back when their visibility ends.
import type { Message, Queue } from "../sqs/queue.ts";
import type { Received, SqsQueue } from "../simulator/sqs-queue.ts";
import type { AwsWorld } from "./ecs-link.ts";
import { NetworkError } from "./network.ts";
import type { NetworkCall } from "./network.ts";
import type { SimulatedProcess } from "./processes.ts";

/** As src/sqs sets it. */
const visibilitySeconds = 30;
const timeoutMs = 30_000;
/** The short way, and then the SDK's three. */
const attemptsMax = 4;
const most = 10;

export function openQueue(world: AwsWorld, process: SimulatedProcess): Queue {
  const { engine, network } = world;
  const queue: SqsQueue = engine.eventQueue;
  const { clock } = engine;

  async function call<Answer>(
    operation: string,
    execute: NetworkCall<Answer>["execute"],
    signal?: AbortSignal,
  ): Promise<Answer> {
    for (let tried = 1; ; tried++)
      try {
        return await network.call({
          process,
          server: "sqs",
          operation,
          timeoutMs,
          signal,
          execute,
        });
      } catch (error) {
        if (signal?.aborted || tried >= attemptsMax || !(error instanceof NetworkError))
          throw error;
        await process.clock.sleep(process.random.next() * 2 ** tried * 50, signal);
      }
  }

  /** Does something at once at the server. */
  const ask = <Answer>(operation: string, act: () => Answer): Promise<Answer> =>
    call<Answer>(operation, (answer) => {
      answer({ value: act() });
      return undefined;
    });

  return {
    name: queue.name,
    visibilitySeconds,
    receive: (waitSeconds, signal) =>
      call<readonly Message[]>(
        "ReceiveMessage",
        (answer) => {
          const isWanted = () => process.state !== "dead";
          const withdraw = engine.queues.receive(queue, {
            most,
            visibilitySeconds,
            waitMs: waitSeconds * 1000,
            isWanted,
            answer: (received) => answer({ value: received.map(toMessage) }),
          });
          // The queue plans its next look by what waits for it.
          engine.replan();
          return withdraw;
        },
        signal,
      ),
    delete: (messages) =>
      messages.length === 0
        ? Promise.resolve([])
        : ask("DeleteMessageBatch", () =>
            messages.filter(({ receiptHandle }) => queue.delete(receiptHandle) === "invalid"),
          ),
    changeVisibility: (messages, seconds) =>
      ask("ChangeMessageVisibilityBatch", () => {
        for (const { receiptHandle } of messages)
          queue.changeVisibility(clock.now(), receiptHandle, seconds);
        engine.replan();
      }),
    depth: () => ask("GetQueueAttributes", () => queue.counts(clock.now())),
    hasDeadLetterQueue: () =>
      ask("GetQueueAttributes", () => queue.attributes.redrive !== undefined),
    close: () => {},
  };
}

const toMessage = ({ message, receiptHandle }: Received): Message => ({
  messageId: message.id,
  receiptHandle,
  body: message.body,
  sentAt: message.sentAt,
  receiveCount: message.receiveCount,
});
