// What Prometheus reads of ingest: the workers' own counts and the depth of their queues, as Redis has them. Every API
// process tells the same of each worker: take the maximum over instances.
import type { Registry } from "prom-client";
import type { QueueFacts, StateStore, WorkerFacts } from "../store/store.ts";
import { registerCollected } from "../telemetry/collected.ts";
import type { Sample } from "../telemetry/collected.ts";

interface Facts {
  readonly workers: readonly WorkerFacts[];
  readonly queues: readonly QueueFacts[];
  readonly quarantined: number;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (facts: Facts) => readonly Sample[];
}

function perWorker(name: string, help: string, value: (facts: WorkerFacts) => number): Metric {
  return {
    name: `ingest_${name}`,
    help,
    labels: ["worker", "queue"],
    samples: ({ workers }) =>
      workers.map((worker) => ({
        labels: { worker: worker.id, queue: worker.queue },
        value: value(worker),
      })),
  };
}

function perQueue(name: string, help: string, value: (facts: QueueFacts) => number): Metric {
  return {
    name: `queue_${name}`,
    help,
    labels: ["queue"],
    samples: ({ queues }) =>
      queues.map((queue) => ({ labels: { queue: queue.name }, value: value(queue) })),
  };
}

const metrics: readonly Metric[] = [
  perWorker("received_total", "Messages received, repeats included.", ({ received }) => received),
  perWorker("applied_total", "Observations that changed something.", ({ applied }) => applied),
  perWorker(
    "unchanged_total",
    "Observations that were known already, late, or of something ended.",
    ({ unchanged }) => unchanged,
  ),
  perWorker(
    "cluster_events_total",
    "Events that went into the history of a cluster.",
    ({ clusterEvents }) => clusterEvents,
  ),
  {
    name: "ingest_ignored_total",
    help: "Events that are nothing to Longshore, by what they were.",
    labels: ["worker", "queue", "kind"],
    samples: ({ workers }) =>
      workers.flatMap(({ id, queue, ignored }) =>
        Object.entries(ignored).map(([kind, value]) => ({
          labels: { worker: id, queue, kind },
          value,
        })),
      ),
  },
  perWorker("rejected_total", "Messages that nobody can read.", ({ rejected }) => rejected),
  perWorker("pollers", "Receives that wait at the same time.", ({ pollers }) => pollers),
  perWorker("stores_total", "Batches of messages stored.", ({ stores }) => stores),
  perWorker(
    "storing_seconds_total",
    "Time that storing batches took.",
    ({ storingMs }) => storingMs / 1000,
  ),
  perWorker(
    "reconcile_interval_seconds",
    "How often the worker compares clusters with the ECS API.",
    ({ reconcileMs }) => reconcileMs / 1000,
  ),
  perWorker(
    "seen_timestamp_seconds",
    "When the worker last told of itself.",
    ({ at }) => at / 1000,
  ),
  perQueue("visible_messages", "Messages that wait in the queue.", ({ visible }) => visible),
  perQueue("in_flight_messages", "Messages that a worker has in hand.", ({ inFlight }) => inFlight),
  perQueue(
    "oldest_message_age_seconds",
    "How long the oldest message had waited, as far as receives tell.",
    ({ oldestMessageAgeMs }) => oldestMessageAgeMs / 1000,
  ),
  {
    name: "quarantined_messages",
    help: "Messages in the quarantine.",
    labels: [],
    samples: ({ quarantined }) => [{ labels: {}, value: quarantined }],
  },
];

type Asked = Pick<StateStore, "workers" | "queues" | "quarantinedCount">;

/** What one worker tells of itself, under the names that the API tells it of all. */
export function countWorker(registry: Registry, own: () => WorkerFacts): void {
  const read = () => Promise.resolve({ workers: [own()], queues: [], quarantined: 0 });
  for (const metric of metrics.filter(({ name }) => name.startsWith("ingest_")))
    register(registry, metric, read);
}

export function countIngest(registry: Registry, store: Asked): void {
  let reading: Promise<Facts | undefined> | undefined;
  const ask = async (): Promise<Facts> => {
    const [workers, queues, quarantined] = await Promise.all([
      store.workers(),
      store.queues(),
      store.quarantinedCount(),
    ]);
    return { workers, queues, quarantined };
  };
  // One scrape asks all of them within a moment: they share one answer. Without Redis they are absent, not wrong.
  const read = () =>
    (reading ??= ask()
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      }));
  for (const metric of metrics) register(registry, metric, read);
}

function register(
  registry: Registry,
  { samples, ...metric }: Metric,
  read: () => Promise<Facts | undefined>,
): void {
  registerCollected(registry, {
    ...metric,
    samples: async () => {
      const facts = await read();
      return facts ? samples(facts) : [];
    },
  });
}
