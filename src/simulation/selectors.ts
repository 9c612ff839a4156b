// The selectors that simulated users draw, each with its meaning written down a second time: so that checkers need not
// trust the evaluator of the cluster query language. Pure.

/** What a selector looks at: the attributes of a container instance. */
export type Attributes = ReadonlyMap<string, string | undefined>;

interface Selector {
  readonly text: string;
  readonly selects: (attributes: Attributes) => boolean;
}

/** A custom attribute that the world sets, changes and removes. */
export const tierAttribute = "tier";

const type = (attributes: Attributes): string => attributes.get("ecs.instance-type") ?? "";
const zone = (attributes: Attributes): string => attributes.get("ecs.availability-zone") ?? "";
const tier = (attributes: Attributes): string | undefined => attributes.get(tierAttribute);

/** An instance without attributes has not told what it is: only the empty selector selects it. */
export const selectors: readonly Selector[] = [
  { text: "", selects: () => true },
  { text: "attribute:tier == front", selects: (each) => tier(each) === "front" },
  {
    text: "attribute:tier != front",
    // ECS: what an instance does not have satisfies no comparison.
    selects: (each) => each.has(tierAttribute) && tier(each) !== "front",
  },
  { text: "attribute:tier exists", selects: (each) => each.has(tierAttribute) },
  { text: "attribute:ecs.instance-type =~ m.*", selects: (each) => type(each).startsWith("m") },
  {
    text: "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
    selects: (each) => ["us-east-1a", "us-east-1b"].includes(zone(each)),
  },
  {
    text: "attribute:tier == front or attribute:ecs.instance-type =~ c.*",
    selects: (each) => tier(each) === "front" || type(each).startsWith("c"),
  },
  {
    text: "not(attribute:ecs.availability-zone == us-east-1c) and attribute:tier exists",
    selects: (each) => zone(each) !== "us-east-1c" && each.has(tierAttribute),
  },
];

const byText = new Map(selectors.map((selector) => [selector.text, selector]));

/** Whether a drawn selector selects an instance. Throws for one that was not drawn from here. */
export function isSelected(text: string, attributes: Attributes): boolean {
  const selector = byText.get(text);
  if (!selector) throw new Error(`no drawn selector: ${text}`);
  return selector.selects(attributes);
}
