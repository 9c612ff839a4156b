// Hangs the client's commands on the command line: get, watch and daemon. Knows no protocol.
import type { Command } from "commander";

/** Adds `get`, `watch` and `daemon` to the program. */
export function addClientCommands(_program: Command): void {}
