// One `longshore serve` of a chaos run: starts it, signals it, knows whether somebody ended it or it ended by itself.
// What it writes goes to a file, which outlives everybody.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import type { RoleName } from "../roles/role.ts";
import type { Link } from "./link.ts";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

export interface RoleProcessOptions {
  readonly name: string;
  readonly role: RoleName;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly links: { readonly redis: Link; readonly aws: Link };
  /** Everything that it writes is added here. */
  readonly logPath: string;
  readonly clock: Clock;
  /** Hears of an end that nobody asked for, and of an orderly end that was none. */
  readonly onTrouble: (what: string) => void;
}

/** A SIGTERM has this long, ms, whatever is broken around the process. */
const orderlyEndMs = 40_000;

export class RoleProcess {
  readonly name: string;
  readonly role: RoleName;
  readonly links: RoleProcessOptions["links"];
  readonly logPath: string;
  readonly #options: RoleProcessOptions;
  #child: ChildProcess | undefined;
  #isEnding = false;
  isPaused = false;

  constructor(options: RoleProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.role = options.role;
    this.links = options.links;
    this.logPath = options.logPath;
  }

  /** undefined while it does not run. */
  get pid(): number | undefined {
    return this.isUp ? this.#child?.pid : undefined;
  }

  /** Running, and nobody has asked it to end. */
  get isUp(): boolean {
    return this.#child !== undefined && !this.#isEnding;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const log = openSync(this.logPath, "a");
    const child = spawn(process.execPath, [main, "serve", this.role], {
      env: { ...this.#options.environment },
      // By the channel it notices when the run itself is killed.
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#child = child;
    this.#isEnding = false;
    this.isPaused = false;
    child.once("exit", (code, signal) => {
      this.#child = undefined;
      if (this.#isEnding) return;
      this.#options.onTrouble(
        `${this.name} ended by itself with ${signal ?? `exit code ${code}`}: ${this.logPath}`,
      );
    });
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to end and resolves when it has. */
  async stop(): Promise<void> {
    const { clock, onTrouble } = this.#options;
    const child = this.#child;
    if (child === undefined) return;
    const cancel = clock.after(orderlyEndMs, () => {
      onTrouble(`${this.name} did not end within ${orderlyEndMs / 1000} s of SIGTERM`);
      child.kill("SIGKILL");
    });
    const code = await this.#end("SIGTERM");
    cancel();
    if (code !== 0 && code !== null) onTrouble(`${this.name} ended with ${code} after SIGTERM`);
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return 0;
    this.#isEnding = true;
    const exit = once(child, "exit");
    this.resume();
    child.kill(signal);
    const [code] = await exit;
    return typeof code === "number" ? code : null;
  }

  pause(): void {
    this.isPaused = true;
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.isPaused = false;
    this.#child?.kill("SIGCONT");
  }
}
