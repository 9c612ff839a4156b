// Metrics that are not counted up where things happen but looked up when somebody scrapes.
import { Counter, Gauge } from "prom-client";
import type { Registry } from "prom-client";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Collected {
  /** After `longshore_`; what ends with `_total` only ever grows while its owner lives. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Replaces all that was told before; may throw nothing. */
  readonly samples: () => Iterable<Sample> | Promise<Iterable<Sample>>;
}

export function registerCollected(registry: Registry, { name, help, ...rest }: Collected): void {
  const Kind: typeof Counter | typeof Gauge = name.endsWith("_total") ? Counter : Gauge;
  registry.registerMetric(
    new Kind({
      name: `longshore_${name}`,
      help,
      labelNames: [...rest.labels],
      registers: [],
      async collect() {
        const samples = await rest.samples();
        this.reset();
        for (const { labels, value } of samples) this.inc({ ...labels }, value);
      },
    }),
  );
}
