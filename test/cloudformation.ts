// Reads CloudFormation templates and says what is wrong with them, by the published list of all resource types and
// their properties. Knows the short forms of the functions that our templates use; deploys nothing.
import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { PropertyType, Resource, ResourceProperties } from "@aws-cdk/service-spec-types";
import { isAlias, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { CollectionTag, ScalarTag } from "yaml";

/** A function of CloudFormation with its argument, such as `!Ref Queue`. */
export class Call {
  readonly name: string;
  readonly argument: unknown;

  constructor(name: string, argument: unknown) {
    this.name = name;
    this.argument = argument;
  }
}

export type Members = Readonly<Record<string, unknown>>;

export interface Template {
  readonly parameters: Members;
  readonly conditions: Members;
  readonly resources: Readonly<Record<string, Members>>;
  readonly outputs: Members;
}

const functions = ["Ref", "GetAtt", "Sub", "Join", "Split", "If", "Equals", "Not", "And", "Or"];

const tags = functions.flatMap((name): (CollectionTag | ScalarTag)[] => [
  { tag: `!${name}`, resolve: (text: string) => new Call(name, text) },
  {
    tag: `!${name}`,
    collection: "seq",
    resolve: (node: unknown) =>
      new Call(name, isSeq(node) ? node.items.map((item) => valueOf(item)) : undefined),
  },
]);

/** The values of a node, with calls in the places of tagged nodes. */
function valueOf(node: unknown): unknown {
  if (node instanceof Call) return node;
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => valueOf(item));
  if (isMap(node))
    return Object.fromEntries(
      node.items.map(({ key, value }) => [wordOf(isScalar(key) ? key.value : key), valueOf(value)]),
    );
  return undefined;
}

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Call);

/** A text as it is, anything else as JSON. */
export const wordOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? "");

const membersOf = (value: unknown): Members => (isMembers(value) ? value : {});

export function readTemplate(text: string): Template {
  const document = parseDocument(text, { customTags: tags });
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw error;
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) throw new Error("CloudFormation takes no YAML aliases");
    },
  });
  const whole = membersOf(valueOf(document.contents));
  const resources = Object.entries(membersOf(whole["Resources"])).map(([id, resource]) => [
    id,
    membersOf(resource),
  ]);
  return {
    parameters: membersOf(whole["Parameters"]),
    conditions: membersOf(whole["Conditions"]),
    resources: Object.fromEntries(resources),
    outputs: membersOf(whole["Outputs"]),
  };
}

const pseudo = new Set(["AccountId", "NoValue", "Partition", "Region", "StackName", "URLSuffix"]);

/** Every call below a value, itself included. */
export function callsIn(value: unknown): Call[] {
  if (value instanceof Call) return [value, ...callsIn(value.argument)];
  if (Array.isArray(value)) return value.flatMap((item) => callsIn(item));
  return isMembers(value) ? Object.values(value).flatMap((item) => callsIn(item)) : [];
}

/** The names that a `!Sub` puts in: `Queue`, `Queue.Arn`, `AWS::Region`; without those that it brings along. */
function namesInSub(argument: unknown): string[] {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const names = [...wordOf(text).matchAll(/\$\{([^!}][^}]*)\}/g)].map((match) => match[1] ?? "");
  return names.filter((name) => !(name in membersOf(own)));
}

/** Takes a second to load: once for all. */
const spec = loadAwsServiceSpecSync();

export class Validator {
  readonly #template: Template;
  readonly #problems: string[] = [];
  readonly #used = new Set<string>();

  constructor(template: Template) {
    this.#template = template;
  }

  /** Everything that CloudFormation would refuse, as far as the published list tells; empty is what a test wants. */
  problems(): readonly string[] {
    const { parameters, conditions, resources, outputs } = this.#template;
    for (const [id, resource] of Object.entries(resources)) this.#resource(id, resource);
    for (const [name, value] of Object.entries(conditions)) this.#references(name, value);
    for (const [name, output] of Object.entries(outputs)) {
      this.#references(`output ${name}`, output);
      if (membersOf(output)["Value"] === undefined) this.#problems.push(`output ${name}: no Value`);
    }
    for (const name of [...Object.keys(parameters), ...Object.keys(conditions)])
      if (!this.#used.has(name)) this.#problems.push(`${name} is not used`);
    return this.#problems;
  }

  #typeOf(id: string): Resource | undefined {
    const type = wordOf(this.#template.resources[id]?.["Type"]);
    return spec.lookup("resource", "cloudFormationType", "equals", type)[0];
  }

  #resource(id: string, resource: Members): void {
    const { Properties, ...rest } = resource;
    this.#references(id, rest);
    this.#references(id, Properties);
    const dependsOn = resource["DependsOn"];
    if (dependsOn !== undefined && !(wordOf(dependsOn) in this.#template.resources))
      this.#problems.push(`${id}: depends on ${wordOf(dependsOn)}, which is not there`);
    const type = this.#typeOf(id);
    if (type) this.#members(id, type.properties, Properties ?? {});
    else this.#problems.push(`${id}: no such type as ${wordOf(resource["Type"])}`);
  }

  /** What calls point to, and the condition that a resource or output hangs on. */
  #references(where: string, value: unknown): void {
    if (isMembers(value) && typeof value["Condition"] === "string")
      this.#condition(where, value["Condition"]);
    for (const { name, argument } of callsIn(value)) {
      if (name === "Ref") this.#reference(where, wordOf(argument));
      if (name === "GetAtt") this.#attribute(where, wordOf(argument));
      if (name === "Sub")
        for (const each of namesInSub(argument))
          if (each.includes(".")) this.#attribute(where, each);
          else this.#reference(where, each);
      if (name === "If" && Array.isArray(argument)) {
        this.#condition(where, wordOf(argument[0]));
        if (argument.length !== 3) this.#problems.push(`${where}: !If takes three things`);
      }
    }
  }

  #condition(where: string, name: string): void {
    this.#used.add(name);
    if (!(name in this.#template.conditions))
      this.#problems.push(`${where}: no condition is called ${name}`);
  }

  #reference(where: string, name: string): void {
    this.#used.add(name);
    const { parameters, resources } = this.#template;
    const isKnown =
      name in parameters || name in resources || pseudo.has(name.replace(/^AWS::/, ""));
    if (!isKnown) this.#problems.push(`${where}: ${name} is neither parameter nor resource`);
  }

  #attribute(where: string, path: string): void {
    const dot = path.indexOf(".");
    const [id, attribute] = [path.slice(0, dot), path.slice(dot + 1)];
    if (!(id in this.#template.resources)) {
      this.#problems.push(`${where}: ${path} is of a resource that is not there`);
      return;
    }
    const type = this.#typeOf(id);
    if (type && !(attribute in type.attributes))
      this.#problems.push(`${where}: ${type.cloudFormationType} has no attribute ${attribute}`);
  }

  #members(where: string, properties: ResourceProperties, value: unknown): void {
    if (!isMembers(value)) {
      if (!(value instanceof Call)) this.#problems.push(`${where}: takes members`);
      return;
    }
    for (const [name, each] of Object.entries(value)) {
      const property = properties[name];
      if (property) this.#value(`${where}.${name}`, property.type, each);
      else this.#problems.push(`${where}: no property is called ${name}`);
    }
    for (const [name, { required = false }] of Object.entries(properties))
      if (required && !(name in value)) this.#problems.push(`${where}: ${name} is missing`);
  }

  #value(where: string, type: PropertyType, value: unknown): void {
    if (value instanceof Call) {
      if (value.name !== "If" || !Array.isArray(value.argument)) return;
      for (const each of value.argument.slice(1)) this.#value(where, type, each);
      return;
    }
    switch (type.type) {
      case "ref":
        return this.#members(
          where,
          spec.get("typeDefinition", type.reference.$ref).properties,
          value,
        );
      case "array":
        if (Array.isArray(value))
          for (const [index, each] of value.entries())
            this.#value(`${where}[${index}]`, type.element, each);
        else this.#problems.push(`${where}: takes a list`);
        return;
      case "map":
        if (isMembers(value))
          for (const [name, each] of Object.entries(value))
            this.#value(`${where}.${name}`, type.element, each);
        else this.#problems.push(`${where}: takes members`);
        return;
      case "string":
      case "number":
      case "integer":
      case "boolean":
        if (!fits(type.type, value)) this.#problems.push(`${where}: takes a ${type.type}`);
        return;
      default:
        // JSON, times and choices between types: anything goes.
        return;
    }
  }
}

/** CloudFormation turns numbers and booleans into texts and back, where the text says one. */
function fits(type: "string" | "number" | "integer" | "boolean", value: unknown): boolean {
  switch (type) {
    case "string":
      return ["string", "number", "boolean"].includes(typeof value);
    case "boolean":
      return ["true", "false"].includes(wordOf(value));
    default:
      return typeof value !== "boolean" && wordOf(value) !== "" && !Number.isNaN(Number(value));
  }
}
