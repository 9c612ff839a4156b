// The trace of one change of a cluster, from the message that told it to what was done about it. Its ids are worked out
// of the change itself, so that every process which sees the change puts its span into the same trace, and nothing of
// it travels through Redis. Pure.
import { createHash } from "node:crypto";
import { clusterName } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Span, Spans } from "./spans.ts";

/** Which change: an entity of a cluster in one version of ECS's. */
export interface TracedChange {
  readonly cluster: ClusterArn;
  readonly kind: string;
  readonly id: string;
  readonly version: string;
}

/** How logs name it: `t/ID@VERSION` for a task, `i/ID@VERSION` for a container instance. */
export const changeName = ({ kind, id, version }: Omit<TracedChange, "cluster">): string =>
  `${kind}/${id}@${version}`;

export interface ChangeTrace {
  readonly traceId: string;
  /** Of its storing, which all other spans hang below. */
  readonly storedSpanId: string;
}

const hexRange = 2 ** 32;

/** Undefined for a trace that is not sampled: all processes with the same ratio keep the same ones. */
export function traceOf(change: TracedChange, ratio: number): ChangeTrace | undefined {
  const { cluster } = change;
  const hash = createHash("sha256")
    .update(`${cluster} ${changeName(change)}`)
    .digest("hex");
  const traceId = hash.slice(0, 32);
  if (Number.parseInt(traceId.slice(-8), 16) >= ratio * hexRange) return undefined;
  return { traceId, storedSpanId: hash.slice(32, 48) };
}

/** A part of what happens to a change after it was stored. */
export interface ChangeStep extends Pick<Span, "name" | "kind" | "from" | "to"> {
  readonly spanId: string;
  readonly attributes?: Span["attributes"];
}

const about = (change: TracedChange): Span["attributes"] => ({
  "aws.ecs.cluster.arn": change.cluster,
  "longshore.cluster": clusterName(change.cluster),
  "longshore.change": changeName(change),
});

/** The first span of the trace: a message was stored. `sentAt` is when SQS took it in. */
export function recordStored(
  spans: Spans,
  change: TracedChange,
  {
    messageId,
    sentAt,
    from,
    to,
  }: {
    readonly messageId: string;
    readonly sentAt: number | undefined;
    readonly from: number;
    readonly to: number;
  },
): void {
  const trace = traceOf(change, spans.sampleRatio);
  if (!trace) return;
  spans.record({
    name: "store event",
    kind: "consumer",
    traceId: trace.traceId,
    spanId: trace.storedSpanId,
    parentSpanId: undefined,
    from: sentAt ?? from,
    to,
    attributes: {
      ...about(change),
      "messaging.system": "aws_sqs",
      "messaging.message.id": messageId,
    },
  });
}

export function recordStep(spans: Spans, change: TracedChange, step: ChangeStep): void {
  const trace = traceOf(change, spans.sampleRatio);
  if (!trace) return;
  spans.record({
    ...step,
    traceId: trace.traceId,
    parentSpanId: trace.storedSpanId,
    attributes: { ...about(change), ...step.attributes },
  });
}
