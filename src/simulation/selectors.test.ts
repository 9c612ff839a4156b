// The second meaning of each drawn selector is that of the cluster query language as Longshore evaluates it.
import { expect, test } from "vitest";
import { matchesClusterQuery, parseClusterQuery } from "../ecs/cluster-query.ts";
import { anInstance } from "../testing/entities.ts";
import { isSelected, selectors, tierAttribute } from "./selectors.ts";

const types = ["m6i.large", "c7g.xlarge", "r6i.xlarge"];
const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
const tiers = [undefined, "front", "back", "middle"];

function* fleets(): Generator<Map<string, string>> {
  yield new Map();
  for (const type of types)
    for (const zone of zones)
      for (const tier of tiers)
        yield new Map([
          ["ecs.instance-type", type],
          ["ecs.availability-zone", zone],
          ...(tier === undefined ? [] : [[tierAttribute, tier] as const]),
        ]);
}

test.each(selectors.map(({ text }) => text))("%s", (text) => {
  const parsed = parseClusterQuery(text || "attribute:none !exists");
  if (!parsed.ok) throw new Error(parsed.error.message);
  const context = { taskGroups: () => new Set<string>() };
  const seen = new Set<boolean>();
  for (const fleet of fleets()) {
    const attributes = [...fleet].map(([name, value]) => ({ name, value }));
    const instance = anInstance("a", { attributes });
    expect(isSelected(text, fleet)).toBe(matchesClusterQuery(parsed.query, instance, context));
    seen.add(isSelected(text, fleet));
  }
  expect([...seen]).toContain(true);
});
