// Where roles send what they trace, if anywhere, and the span of a change that was handed to subscribers. Wiring only.
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { TracingConfig } from "../config.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import { recordStep } from "../telemetry/change-trace.ts";
import type { Spans } from "../telemetry/spans.ts";

/** Nothing of it is loaded where nobody asked for traces. */
export async function openSpans(
  config: TracingConfig | undefined,
  clock: Clock,
  log: Log,
): Promise<Spans | undefined> {
  if (config === undefined) return undefined;
  const spans = await import("../telemetry/spans.ts");
  return spans.openSpans({ config, clock, log });
}

/** Notes of each change of a task or container instance when this process had handed it to its subscriptions. */
export function traceChanges({
  informer,
  spans,
  clock,
  random,
}: {
  readonly informer: Pick<Informer, "listen">;
  readonly spans: Spans;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}): void {
  informer.listen((notice) => {
    if (notice.type !== "changes") return;
    for (const { cluster, kind, id, at, after } of notice.changes)
      if (after?.kind === "task" || after?.kind === "containerInstance")
        recordStep(
          spans,
          { cluster, kind, id, version: after.version },
          {
            name: "hand to subscriptions",
            kind: "internal",
            spanId: random.hex(16),
            from: at,
            to: Math.max(at, clock.now()),
          },
        );
  });
}
