// The checkers that watch a world all along, in one: each fact goes to the scene first, then to every checker.
import { ourRates } from "../../store/shared-budget.ts";
import type { CallRates } from "../../ecs/api-budget.ts";
import type { Breach, Checker } from "../facts.ts";
import { acknowledged } from "./acknowledged.ts";
import { budget } from "./budget.ts";
import { leases } from "./leases.ts";
import { manners } from "./manners.ts";
import { once } from "./once.ts";
import { oneTask } from "./one-task.ts";
import { rollout } from "./rollout.ts";
import { Scene } from "./scene.ts";
import { versions } from "./versions.ts";

export interface SafetyOptions {
  /** Of all processes together; those of production if left out. */
  readonly rates?: CallRates | undefined;
  /** ARN of a cluster that users name by its name or its ARN. */
  readonly clusterOf: (cluster: string) => string;
}

/** What the scheduler, ingest and the API must never do, whatever goes wrong. */
export function safety({ rates = ourRates, clusterOf }: SafetyOptions): Checker {
  const scene = new Scene();
  const checkers = [
    oneTask(scene),
    once(scene),
    rollout(scene),
    budget(scene, rates),
    versions(scene),
    leases(scene),
    manners(scene),
    acknowledged(scene, clusterOf),
  ];
  return {
    name: "safety",
    hear: (fact) => {
      scene.hear(fact);
      const breaches: Breach[] = [];
      for (const checker of checkers) breaches.push(...checker.hear(fact));
      return breaches;
    },
  };
}
