// Dockerfile and docker-compose.yml, without a daemon: what the image is made of exists, what runs in it may write
// nothing, and compose's file says nothing that old versions of it refuse.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { isObject } from "../src/ecs/json.ts";
import type { JsonObject } from "../src/ecs/json.ts";
import { startSimulator } from "../src/simulator/server.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const textOf = (path: string): string => readFileSync(`${root}/${path}`, "utf8");

describe("the image", () => {
  const instructions = textOf("Dockerfile")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const begins = instructions.flatMap((line, index) => (line.startsWith("FROM ") ? [index] : []));
  const last = instructions.slice(begins.at(-1));
  const copied = last.filter((line) => line.startsWith("COPY "));

  test("is made in stages, the last of which has what runs and nothing to build with", () => {
    expect(begins.length).toBe(3);
    expect(new Set(begins.map((at) => instructions[at]?.split(" ")[1])).size).toBe(1);
    expect(last.join("\n")).not.toMatch(/RUN |npm|COPY \. /);
    const modules = copied.find((line) => line.includes("node_modules")) ?? "";
    expect(modules).toContain("--from=production");
    const production = instructions.slice(begins[1], begins[2]).join("\n");
    expect(production).toMatch(/npm ci .*--omit=dev/);
    // The bundler and the compiler are native, and optional packages bring what is native.
    const build = instructions.slice(begins[0], begins[1]).join("\n");
    expect(build).toMatch(/npm ci (?!.*--omit=optional).*--include=optional/);
  });

  test("holds the package's own files: what package.json would publish, and what the health check runs", () => {
    const { files }: { files: string[] } = JSON.parse(textOf("package.json"));
    const targets = copied.flatMap((line) =>
      line.split(" ").filter((word) => !/^COPY|^--/.test(word)),
    );
    const isThere = (file: string) =>
      targets.some((target) => file === target || file.startsWith(`${target}/`));
    const wanted = files.filter((file) => !file.startsWith("deploy"));
    expect(wanted.filter((file) => !isThere(file))).toEqual([]);
    expect(targets).toContain("scripts/probe.mjs");
    const local = copied.filter((line) => !line.includes("--from")).join(" ");
    for (const path of local.match(/[\w./-]+\.\w+/g) ?? [])
      expect([path, existsSync(`${root}/${path}`)]).toEqual([path, true]);
  });

  test("runs as somebody else than root, and says how it is", () => {
    const user = last.findIndex((line) => line.startsWith("USER "));
    expect(last[user]).toBe("USER node");
    expect(last.slice(user).filter((line) => line.startsWith("COPY "))).toEqual([]);
    expect(last.join("\n")).toMatch(
      /HEALTHCHECK .*CMD \["node", "scripts\/probe.mjs", "http:\/\/127.0.0.1:4002\/healthz"\]/,
    );
    expect(last.join("\n")).toContain("LONGSHORE_METRICS_PORT=4002");
  });
});

describe("docker-compose.yml", () => {
  const file: JsonObject = parse(textOf("docker-compose.yml"), { merge: true });
  const services: JsonObject = isObject(file["services"]) ? file["services"] : {};
  const service = (name: string): JsonObject => {
    const found = services[name];
    if (!isObject(found)) throw new Error(`no service ${name}`);
    return found;
  };
  const roles = ["api", "ingest", "scheduler"];

  test("has each role, a Redis that keeps its data, and a simulator for the demo alone", () => {
    expect(Object.keys(services)).toEqual(["redis", ...roles, "simulator"]);
    expect(service("simulator")["profiles"]).toEqual(["demo"]);
    for (const role of roles) expect(service(role)["command"]).toEqual(["serve", role]);
    expect(service("redis")["command"]).toEqual(
      expect.arrayContaining(["--appendonly", "yes", "noeviction"]),
    );
  });

  test("checks the health of each and starts it again, read-only and without rights", () => {
    for (const name of Object.keys(services)) {
      const { healthcheck, restart, read_only: readOnly } = service(name);
      expect([name, isObject(healthcheck), restart, readOnly]).toEqual([
        name,
        true,
        "unless-stopped",
        true,
      ]);
    }
    for (const role of roles) expect(service(role)).toMatchObject({ cap_drop: ["ALL"] });
  });

  test("asks the simulator where it answers", async () => {
    const simulator = await startSimulator({});
    const { healthcheck } = service("simulator");
    const url = /http:[^"]+/.exec(JSON.stringify(healthcheck))?.[0] ?? "";
    const { status } = await fetch(new URL(new URL(url).pathname, simulator.url));
    await simulator.close();
    expect(status).toBe(200);
  });

  test("takes region, profile and keys from the environment, and writes none of them down", () => {
    const environment = service("ingest")["environment"];
    const own = isObject(environment) ? environment : {};
    const ofAws = Object.entries(own).filter(([name]) => name.startsWith("AWS_"));
    expect(ofAws.map(([name]) => name)).toEqual(
      expect.arrayContaining(["AWS_REGION", "AWS_PROFILE"]),
    );
    expect(ofAws.filter(([, value]) => value !== null)).toEqual([]);
    expect(service("ingest")["volumes"]).toEqual(["${AWS_DIR:-no-aws}:/home/node/.aws:ro"]);
  });

  test("takes every setting of the guide, but files and what the image decides", () => {
    const environment = service("scheduler")["environment"];
    const own = isObject(environment) ? environment : {};
    const [, settings = ""] = textOf("docs/operations.md").split("## Settings");
    const [table = ""] = settings.split("\n## ");
    const names = table.match(/\b(?:LONGSHORE|OTEL)_[A-Z_]+\b/g) ?? [];
    expect(names.length).toBeGreaterThan(25);
    const decided = /_(FILE|CERT|KEY|PORT|URL|TOKEN)$/;
    const isOwn = (name: string) => name in own || (decided.test(name) && !/JWKS/.test(name));
    expect(names.filter((name) => !isOwn(name))).toEqual([]);
  });

  test("says nothing that docker-compose 1.29 refuses", () => {
    expect(file["version"]).toBe("3.8");
    expect(
      Object.keys(file).filter((key) => !/^(version|services|volumes|x-.*)$/.test(key)),
    ).toEqual([]);
    for (const name of Object.keys(services)) expect(service(name)).not.toHaveProperty("develop");
  });
});
