// Operations that no honest client sends, for tests: each stands for one way to keep a server busy.

export interface HostileOperation {
  readonly what: string;
  readonly query: string;
  readonly variables?: unknown;
}

const times = (count: number, make: (index: number) => string, between = " "): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(between);

/** `count` levels of a query that goes round in circles: instance, its tasks, their instance, ... */
function nested(count: number): string {
  const pair = "tasks { nodes { containerInstance { ";
  const opened = pair.repeat(Math.ceil(count / 3));
  const closed = " } } }".repeat(Math.ceil(count / 3));
  return `{ containerInstances { nodes { ${opened} arn ${closed} } } }`;
}

/** Each fragment spreads the next one twice: 2^count fields of few words. */
function doubling(count: number): string {
  const fragments = times(
    count,
    (index) =>
      `fragment F${index} on Query { ...F${index + 1} a${index}: __typename ...F${index + 1} }`,
  );
  return `{ ...F0 } ${fragments} fragment F${count} on Query { clusters { totalCount } }`;
}

/** The same field pairs at every level, which validation compares each with each. */
function overlapping(depth: number): string {
  if (depth === 0) return "arn";
  const inner = overlapping(depth - 1);
  return `containerInstance { tasks { nodes { ${inner} } } } containerInstance { tasks { nodes { ${inner} } } }`;
}

function deep(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { in: value };
  return value;
}

const withInput =
  "mutation ($input: RegisterDaemonInput!) { registerDaemon(input: $input, dryRun: true) { plan { start } } }";
const daemon = { cluster: "quay", name: "agent", taskDefinition: "agent:1" };

/** Each is refused with BAD_USER_INPUT, whoever sends it. */
export const hostileOperations: readonly HostileOperation[] = [
  { what: "50 levels", query: nested(50) },
  { what: "1,000 levels", query: nested(1000) },
  { what: "10,000 aliases", query: `{ ${times(10_000, (index) => `a${index}: __typename`)} }` },
  {
    what: "400 aliases of a list",
    query: `{ ${times(400, (index) => `a${index}: tasks(first: 1000) { nodes { arn } }`)} }`,
  },
  { what: "100,000 repeated fields", query: `{ ${"__typename ".repeat(100_000)} }` },
  { what: "4,000 repeated fields", query: `{ ${"__typename ".repeat(4000)} }` },
  {
    what: "repeated fields with selections",
    query: `{ ${"clusters { totalCount } ".repeat(300)} }`,
  },
  { what: "pairs of fields in pairs", query: `{ tasks { nodes { ${overlapping(5)} } } }` },
  {
    what: "a fragment in a circle",
    query: "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
  },
  {
    what: "a fragment of itself",
    query: "{ ...A } fragment A on Query { clusters { totalCount } ...A }",
  },
  { what: "2^40 fields by fragments", query: doubling(40) },
  {
    what: "2^12 empty spreads",
    query: doubling(12).replace("clusters { totalCount }", "__typename"),
  },
  {
    what: "5,000 fragments",
    query: `{ ${times(5000, (index) => `...F${index}`)} } ${times(5000, (index) => `fragment F${index} on Query { __typename }`)}`,
  },
  { what: "2,000 operations", query: times(2000, (index) => `query Q${index} { __typename }`) },
  { what: "9,000 brackets inside each other", query: `{ tasks(filter: ${"[".repeat(9000)}` },
  { what: "9,000 closed brackets", query: `{ a(b: ${"[".repeat(4500)}${"]".repeat(4500)}) }` },
  {
    what: "9,000 inline fragments inside each other",
    query: `${"{ ... ".repeat(9000)}{ __typename }${" }".repeat(9000)}`,
  },
  {
    what: "a document of a million characters",
    query: `{ __typename } # ${"x".repeat(1_000_000)}`,
  },
  { what: "an unending string", query: `{ task(arn: "${"x".repeat(90_000)}` },
  { what: "an unending block of quotes", query: `{ task(arn: """${'\\"""'.repeat(20_000)}` },
  {
    what: "introspection in circles",
    query: `{ __schema { types { ${"fields { type { ".repeat(6)} name ${" } }".repeat(6)} } } }`,
  },
  {
    what: "introspection 100 times",
    query: `{ ${times(100, (index) => `a${index}: __schema { types { fields { args { type { name kind } } type { name kind } } } }`)} }`,
  },
  {
    what: "lists of lists of lists",
    query:
      "{ tasks(first: 1000) { nodes { containerInstance { tasks(first: 1000) { nodes { containerInstance { tasks(first: 1000) { nodes { containerInstance { tasks(first: 1000) { nodes { arn } } } } } } } } } } } }",
  },
  {
    what: "a page of a billion",
    query: "query ($first: Int) { tasks(first: $first) { nodes { arn } } }",
    variables: { first: 1_000_000_000 },
  },
  {
    what: "variables 1,000 deep",
    query: withInput,
    variables: { input: { ...daemon, overrides: deep(1000) } },
  },
  {
    what: "200,000 variables",
    query: withInput,
    variables: { input: { ...daemon, tags: Array.from({ length: 200_000 }, () => 1) } },
  },
  {
    what: "variables that are a list",
    query: "{ clusters { totalCount } }",
    variables: [1, 2, 3],
  },
  {
    what: "keys of prototypes",
    query: withInput,
    variables: JSON.parse(
      '{"input":{"cluster":"quay","name":"agent","taskDefinition":"agent:1","__proto__":{"paused":true},"constructor":1}}',
    ),
  },
];
