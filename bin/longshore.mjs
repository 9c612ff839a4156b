#!/usr/bin/env node
// The longshore command. In a checkout it runs the sources, after setting up what is missing; installed from a
// package it runs lib/, the same sources without their types (Node.js strips no types under node_modules).
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { entryPoint, runScript } from "../scripts/node24.mjs";
import { setUp } from "../scripts/setup.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
// npm never packs the lock file: where one is, this is a checkout.
const isCheckout = existsSync(path.join(root, "package-lock.json"));
const servesPages = args[0] === "serve" && (args.length === 1 || args.includes("api"));

await entryPoint(async () => {
  if (!isCheckout) return runScript(root, path.join(root, "lib/cli/main.js"), args);
  await setUp({ withDevelopment: false });
  if (servesPages) {
    const { buildWeb } = await import("../scripts/build-web.mjs");
    await buildWeb();
  }
  return runScript(root, path.join(root, "src/cli/main.ts"), args);
});
