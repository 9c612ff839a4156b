// What Prometheus reads of the rate budget that all processes share for their calls to ECS, as Redis has it.
import type { Registry } from "prom-client";
import type { StateStore } from "../store/store.ts";
import { registerCollected } from "../telemetry/collected.ts";

type Facts = Awaited<ReturnType<StateStore["buckets"]>>[number];

const metrics: readonly { name: string; help: string; value: (facts: Facts) => number }[] = [
  { name: "tokens", help: "Calls that may be made at once, now.", value: ({ tokens }) => tokens },
  { name: "calls_total", help: "Calls that took a token.", value: ({ calls }) => calls },
  { name: "waits_total", help: "Calls that had to wait for a token.", value: ({ waits }) => waits },
  {
    name: "wait_seconds_total",
    help: "How long calls waited for a token in all.",
    value: ({ waitedMs }) => waitedMs / 1000,
  },
  {
    name: "throttled_total",
    help: "Calls that ECS answered with ThrottlingException.",
    value: ({ throttled }) => throttled,
  },
];

export function countBudgets(registry: Registry, store: Pick<StateStore, "buckets">): void {
  let reading: Promise<Facts[]> | undefined;
  // One scrape asks all of them within a moment: they share one answer. Without Redis they are absent, not wrong.
  const read = () =>
    (reading ??= store
      .buckets()
      .catch(() => [])
      .finally(() => {
        reading = undefined;
      }));
  for (const { name, help, value } of metrics)
    registerCollected(registry, {
      name: `ecs_budget_${name}`,
      help,
      labels: ["account", "region", "class"],
      samples: async () => {
        const buckets = await read();
        return buckets.map((facts) => {
          const { account, region, callClass } = facts;
          return { labels: { account, region, class: callClass }, value: value(facts) };
        });
      },
    });
}
