// What Prometheus reads of daemons: how each is, by the views of this process. Working that out walks through every
// instance for every daemon, so one answer is good for a while, and other work has its turn in between.
import type { Registry } from "prom-client";
import type { Informer } from "../changes/informer.ts";
import { daemonStatuses } from "../changes/daemon-status.ts";
import type { Clock } from "../clock.ts";
import type { DaemonPhase, DaemonStatus } from "../daemon/status.ts";
import { clusterName, parseEcsArn } from "../ecs/arn.ts";
import { registerCollected } from "../telemetry/collected.ts";

const freshMs = 15_000;
const phases: readonly DaemonPhase[] = [
  "ACTIVE",
  "ROLLING_OUT",
  "STUCK",
  "FAILING",
  "PAUSED",
  "DELETING",
];
const counted = [
  "desired",
  "running",
  "healthy",
  "updated",
  "outdated",
  "waiting",
  "failed",
] as const;

interface Facts {
  readonly labels: Readonly<Record<"cluster" | "region" | "account" | "daemon", string>>;
  readonly status: DaemonStatus;
}

export function countDaemons(
  registry: Registry,
  views: Informer["views"],
  clock: Pick<Clock, "now" | "monotonic" | "soon">,
): void {
  let reading: Promise<readonly Facts[]> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<readonly Facts[]> {
    const all: Facts[] = [];
    for (const view of views.values()) {
      const { region = "", account = "" } = parseEcsArn(view.arn) ?? {};
      const place = { cluster: clusterName(view.arn), region, account };
      for await (const { daemon, status } of daemonStatuses(view, clock))
        all.push({ labels: { ...place, daemon: daemon.name }, status });
    }
    return all;
  }
  const read = () => {
    if (reading && clock.monotonic() - readAt < freshMs) return reading;
    readAt = clock.monotonic();
    return (reading = look());
  };
  const gauge = (
    name: string,
    help: string,
    label: string,
    values: (status: DaemonStatus) => Iterable<readonly [string, number]>,
  ) =>
    registerCollected(registry, {
      name,
      help,
      labels: ["cluster", "region", "account", "daemon", label],
      samples: async () =>
        (await read()).flatMap(({ labels, status }) =>
          Array.from(values(status), ([value, count]) => ({
            labels: { ...labels, [label]: value },
            value: count,
          })),
        ),
    });
  gauge(
    "daemon_phase",
    "1 for the phase that a daemon is in, 0 for the others, at most 15 s old.",
    "phase",
    (status) => phases.map((phase) => [phase, phase === status.phase ? 1 : 0]),
  );
  gauge(
    "daemon_instances",
    "Container instances of a daemon by what is with its task there, at most 15 s old.",
    "state",
    (status) => counted.map((state) => [state, status[state]]),
  );
}
