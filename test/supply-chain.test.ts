// What Longshore is made of: exact versions that the lock file pins by content, under licences that let people use it,
// with nothing that runs at installation.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isObject } from "../src/ecs/json.ts";
import type { JsonObject } from "../src/ecs/json.ts";

const read = (path: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"));
const manifest = read("package.json");
const members = (value: unknown): JsonObject => (isObject(value) ? value : {});
const packages = Object.entries(members(read("package-lock.json")["packages"])).flatMap(
  ([path, each]) => (path !== "" && isObject(each) ? [[path, each] as const] : []),
);
const inProduction = packages.filter(([, each]) => each["dev"] !== true);

/** Licences that ask for no more than their own text to be passed on. */
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);

describe("dependencies", () => {
  test("are named by exact versions", () => {
    const named = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
      Object.entries(members(manifest[kind])),
    );
    expect(named.length).toBeGreaterThan(30);
    const loose = named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)));
    expect(loose).toEqual([]);
  });

  test("are pinned by their content, and name no place that they were fetched from", () => {
    expect(
      packages.filter(([, { integrity }]) => !String(integrity).startsWith("sha512-")),
    ).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test("in production have licences that anybody may use", () => {
    expect(inProduction.length).toBeGreaterThan(50);
    const isAllowed = (licence: unknown) =>
      String(licence)
        .replace(/^\(|\)$/g, "")
        .split(" AND ")
        .every((each) => each.split(" OR ").some((one) => allowed.has(one)));
    const others = inProduction.filter(([, { license }]) => !isAllowed(license));
    expect(others.map(([path, { license }]) => [path, license])).toEqual([]);
  });

  test("in production run nothing when they are installed, unless it is switched off by name", () => {
    const scripts = inProduction.filter(([, each]) => each["hasInstallScript"] === true);
    const names = scripts.map(([path]) => path.replace(/^.*node_modules\//, ""));
    const off = Object.entries(members(manifest["allowScripts"])).flatMap(([name, allows]) =>
      allows === false ? [name] : [],
    );
    expect(names.filter((name) => !off.includes(name))).toEqual([]);
    expect(
      Object.keys(members(manifest["scripts"])).filter((name) => name.endsWith("install")),
    ).toEqual([]);
  });
});

test("the package can be published with its provenance, and claims no repository that there is not", () => {
  expect(manifest["publishConfig"]).toEqual({ access: "public", provenance: true });
  expect(manifest["license"]).toBe("Apache-2.0");
  expect(manifest).not.toHaveProperty("repository");
  expect(manifest).not.toHaveProperty("private");
});
