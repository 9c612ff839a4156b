// What lists, watches, details and names ask is held against the schema by the compiler, as it looks at this file as
// well; here, that documents are made of it which the schema accepts.
import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { complete } from "./completion/complete.ts";
import { namesFrom } from "./completion/names.ts";
import { feedOf, manyOf, operation } from "../client/operation.ts";
import { printSelection } from "../client/select.ts";
import { listed, one } from "./asked.ts";
import { details } from "./describe.ts";
import { pageOf } from "./reading.ts";
import { allResources } from "./resources/all.ts";
import { Command } from "commander";
import { addClientCommands } from "./client-commands.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
const problemsOf = (document: string) =>
  validate(schema, parse(document)).map(({ message }) => message);

const page = { first: 10, after: null };
const names = { cluster: "quay", name: "lamp" };
const arn = { arn: "a" };

const documents = [
  ...allResources.flatMap(({ filters, watchFilters = [], shown, full }) => {
    const all = Object.fromEntries(filters.map(({ argument }) => [argument, null]));
    const also = Object.fromEntries(watchFilters.map(({ argument }) => [argument, null]));
    return [shown, full].flatMap((asked) => [
      operation("Query", ...pageOf(asked, { filter: all, ...page })).document,
      feedOf(asked.kind, { ...all, ...also }, printSelection(asked.select)).document,
    ]);
  }),
  ...Object.values(details).flatMap(({ asked: { field, select } }) => {
    const given = {
      cluster: { cluster: "quay" },
      daemon: names,
      task: arn,
      containerInstance: arn,
    };
    return [
      operation("Query", field, given[field], select).document,
      manyOf(field, [given[field], given[field]], select).document,
    ];
  }),
];

it("what the schema does not offer is an error where it is written", () => {
  // @ts-expect-error: there is no such field
  listed("tasks", { arn: true, lastState: true });
  // @ts-expect-error: nor among what a field holds
  listed("daemons", { name: true, status: { phase: true, stage: true } });
  // @ts-expect-error: a field that takes an argument
  one("daemon", { name: true, explain: { placeable: true } });
  // @ts-expect-error: one thing is not asked for by the name of its list
  one("tasks", { arn: true });
});

it.each(documents)("%s is valid", (document) => {
  expect(problemsOf(document)).toEqual([]);
});

const program = new Command("longshore");
addClientCommands(program);

/** Candidates for a line, each word of it apart; `asked` gets what the API is asked. */
const candidates = async (words: readonly string[], asked: string[] = []) => {
  const names = namesFrom({
    query: () => Promise.reject(new Error("names are asked page by page")),
    ask: async (field, given, select) => {
      asked.push(operation("Query", field, given, select).document);
      const rest = { region: "eu-west-3", taskDefinitionArn: "", status: { phase: "ACTIVE" } };
      return {
        nodes: [
          { id: "a1", name: "lamp", cluster: { name: "quay" }, ...rest },
          { id: "b2", name: "lamp", cluster: { name: "dock" }, ...rest },
          { id: "b3", name: "bell", cluster: { name: "dock" }, ...rest },
        ],
      };
    },
    askEach: () => Promise.reject(new Error("a name is not looked up to be offered")),
  });
  return (await complete(program, words, names)).map(({ word }) => word);
};

it("completes commands, options, their words, and names", async () => {
  expect(await candidates(["da"])).toEqual(["daemon"]);
  expect(await candidates(["get", "t"])).toEqual(["tasks", "task"]);
  expect(await candidates(["get", "tasks", "--st"])).toEqual(["--status", "--started-by"]);
  expect(await candidates(["get", "tasks", "--status", "ST"])).toEqual(["STOPPING", "STOPPED"]);
  expect(await candidates(["get", "tasks", "-o", ""])).toEqual([
    "wide",
    "json",
    "yaml",
    "csv",
    "name",
  ]);
  expect(await candidates(["get", "tasks", "--columns", "id,a"])).toEqual(["id,age"]);
  expect(await candidates(["completion", ""])).toEqual(["bash", "zsh", "fish"]);
  expect(await candidates(["daemon", "register", "-f", ""])).toEqual([]);
  const asked: string[] = [];
  expect(await candidates(["daemon", "pause", ""], asked)).toEqual([
    "quay/lamp",
    "dock/lamp",
    "bell",
  ]);
  expect(await candidates(["daemon", "pause", "bell", ""], asked)).toEqual([]);
  expect(await candidates(["get", "task", "b"], asked)).toEqual(["b2", "b3"]);
  expect(await candidates(["get", "instance", ""], asked)).toHaveLength(3);
  expect(await candidates(["watch", "tasks", "--cluster", "la"], asked)).toEqual(["lamp", "lamp"]);
  expect(asked.flatMap(problemsOf)).toEqual([]);
});
