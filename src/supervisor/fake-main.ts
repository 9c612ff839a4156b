// Stands in for the command line in the tests of the supervisor: roles that answer, and one that fails on request.
import { createServer } from "node:http";
import { exitWithParent } from "./exit-with-parent.ts";

const [command, name] = process.argv.slice(2);
const role = command === "simulate" ? "simulator" : (name ?? "");
const environment = process.env;

exitWithParent();
process.once("SIGTERM", () => {
  console.log(`${role} stops in order`);
  process.exit(0);
});
if (environment["FAKE_FAILS"] === role) {
  console.error(`${role} cannot work like this`);
  process.exit(3);
}
console.log(JSON.stringify({ level: 30, time: 0, role, pid: process.pid, msg: "up" }));
const port = { simulator: "LONGSHORE_SIMULATOR_PORT", api: "LONGSHORE_PORT" }[role];
if (port === undefined) setInterval(() => {}, 60_000);
else
  createServer((request, response) => {
    response.writeHead(200).end(request.url);
  }).listen(Number(environment[port]), "127.0.0.1");
