// A plugin of graphql-codegen: the schema as longshore/client knows it. Clean interfaces with their docs and the arguments
// of every field; and in a file of its own (`values: true`), so that nobody loads the types, what is needed while it
// runs: the types of arguments, and what an informer asks for.
import { getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType } from "graphql";
import { isObjectType, isScalarType } from "graphql";

const scalars = { ID: "string", String: "string", Int: "number", Float: "number", JSON: "unknown" };
const roots = ["Query", "Mutation", "Subscription"];
const entities = {
  clusters: "Cluster",
  containerInstances: "ContainerInstance",
  tasks: "Task",
  endpoints: "Endpoint",
  daemons: "Daemon",
};
/** Moves without a change of its entity, or is worked out anew for each answer: asked for by name only. */
const onlyByName = ["Cluster.freshness", "Cluster.changeCursor", "Daemon.plan"];

const doc = (text, indent = "") =>
  text ? `${indent}/** ${text.replaceAll("*/", "*\\/").replace(/\s*\n\s*/g, " ")} */\n` : "";

const nameOf = (type) => (type.name === "Boolean" ? "boolean" : (scalars[type.name] ?? type.name));

/** The TypeScript type of an answer or of an argument; null where it may be missing. */
function written(type) {
  if (isNonNullType(type)) {
    const inner = type.ofType;
    return isListType(inner) ? `readonly ${list(inner.ofType)}[]` : nameOf(inner);
  }
  const name = isListType(type) ? `readonly ${list(type.ofType)}[]` : nameOf(type);
  return name === "unknown" ? name : `${name} | null`;
}
const list = (item) => (isNonNullType(item) ? written(item) : `(${written(item)})`);

const given = ({ name, type, description, defaultValue }) =>
  `${doc(description, "  ")}  readonly ${name}${isNonNullType(type) && defaultValue === undefined ? "" : "?"}: ${written(type)}${isNonNullType(type) ? "" : " | undefined"};\n`;

function typeText(type) {
  const head = doc(type.description);
  if (isEnumType(type)) {
    const words = type.getValues().map(({ name, description }) => `\`${name}\`: ${description}`);
    const names = type.getValues().map(({ name }) => JSON.stringify(name));
    return `${doc(`${type.description} ${words.join(" ")}`)}export type ${type.name} = ${names.join(" | ")};\n`;
  }
  if (isScalarType(type))
    return scalars[type.name] || type.name === "Boolean"
      ? ""
      : `${head}export type ${type.name} = string;\n`;
  const members = Object.values(type.getFields());
  const body = isInputObjectType(type)
    ? members.map(given).join("")
    : `  readonly __typename?: ${JSON.stringify(type.name)};\n` +
      members
        .map(
          (field) =>
            `${doc(field.description, "  ")}  readonly ${field.name}: ${written(field.type)};\n`,
        )
        .join("");
  return `${head}export interface ${type.name} {\n${body}}\n`;
}

function argumentsText(types) {
  const ofType = (type) =>
    Object.values(type.getFields())
      .filter(({ args }) => args.length > 0 || roots.includes(type.name))
      .map(
        ({ name, args }) =>
          `    readonly ${name}: ${args.length === 0 ? "NoArguments" : `{\n${args.map(given).join("")}}`};\n`,
      )
      .join("");
  const bodies = types.filter(isObjectType).map((type) => [type.name, ofType(type)]);
  return `/** The arguments of a field that takes none. */
export type NoArguments = Readonly<Record<never, never>>;
/** The arguments of every field that takes some, by type and field. */
export interface Arguments {
${bodies
  .filter(([, body]) => body !== "")
  .map(([name, body]) => `  readonly ${name}: {\n${body}  };\n`)
  .join("")}}
`;
}

/** Everything that an entity says of itself: no field with arguments, no other entity. */
function everything(type) {
  const others = Object.values(entities);
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type);
    const left =
      field.args.length > 0 ||
      others.includes(inner.name) ||
      onlyByName.includes(`${type.name}.${field.name}`);
    if (left || inner.name === "InstanceDaemon") return [];
    return [`${field.name}: ${isObjectType(inner) ? everything(inner) : "true"}`];
  });
  return `{ ${fields.join(", ")} }`;
}

function tables(schema) {
  const ofRoot = (root) =>
    Object.values(schema.getType(root).getFields())
      .map(
        ({ name, args }) =>
          `${name}: { ${args.map((arg) => `${arg.name}: ${JSON.stringify(String(arg.type))}`).join(", ")} }`,
      )
      .join(", ");
  return `/** GraphQL types of the arguments of every operation. */
export const argumentTypes = { ${roots.map((root) => `${root}: { ${ofRoot(root)} }`).join(", ")} } as const;
/** What is asked for unless told otherwise: everything that an entity says of itself. */
export const everything = { ${Object.entries(entities)
    .map(([kind, name]) => `${kind}: ${everything(schema.getType(name))}`)
    .join(", ")} } as const;
`;
}

const origin = "// Generated from schema.graphql by scripts/client-types.mjs: npm run codegen.";

/** Called by graphql-codegen. */
export function plugin(schema, _documents, { values = false }) {
  if (values) return `${origin}\n${tables(schema)}`;
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  return `${origin}
${types.map(typeText).join("\n")}
${argumentsText(types)}`;
}
