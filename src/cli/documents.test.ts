// Everything that lists, watches, details and names ask is what the schema offers.
import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { complete } from "./completion/complete.ts";
import { namesFrom } from "./completion/names.ts";
import { details } from "./describe.ts";
import { allResources } from "./resources/all.ts";
import { changesDocument, pageDocument } from "./resources/resource.ts";
import { Command } from "commander";
import { addClientCommands } from "./client-commands.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
const problemsOf = (document: string) =>
  validate(schema, parse(document)).map(({ message }) => message);

const documents = [
  ...allResources.flatMap((resource) =>
    [resource.shown, resource.full].flatMap((fields) => [
      pageDocument(resource, fields),
      changesDocument(resource, fields),
    ]),
  ),
  ...Object.values(details).map(({ document }) => document),
];

it.each(documents)("%s is valid", (document) => {
  expect(problemsOf(document)).toEqual([]);
});

const program = new Command("longshore");
addClientCommands(program);

/** Candidates for a line, each word of it apart; `asked` gets what the API is asked. */
const candidates = async (words: readonly string[], asked: string[] = []) => {
  const names = namesFrom({
    request: async (document) => {
      asked.push(document);
      return {
        list: {
          nodes: [
            { id: "a1", name: "lamp", cluster: { name: "quay" }, region: "eu-west-3" },
            { id: "b2", name: "lamp", cluster: { name: "dock" } },
            { id: "b3", name: "bell", cluster: { name: "dock" } },
          ],
        },
      };
    },
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
