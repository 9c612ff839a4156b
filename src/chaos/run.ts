// One chaos run: storms of planned events with everything watched, and calms in which all must come right in bounded
// time. Ends with a report of what happened; the first thing that must never be ends it at once.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import { until } from "../testing/longshore.ts";
import { checkBudget } from "./budget-check.ts";
import type { BudgetCheck } from "./budget-check.ts";
import { daemonSpecs } from "./daemon-specs.ts";
import { createDoer } from "./deeds.ts";
import type { Doer } from "./deeds.ts";
import { daemonAt, missing } from "./missing.ts";
import { kindNames, planStorm } from "./plan.ts";
import type { Kind } from "./plan.ts";
import { lineProblem, LogTail, residentMiB } from "./process-watch.ts";
import type { RoleProcess } from "./role-process.ts";
import { startChaosWorld } from "./world.ts";
import type { ChaosSize, ChaosWorld } from "./world.ts";

export interface ChaosOptions {
  readonly seed: number | string;
  /** How long, from the first storm on; the last calm comes on top. */
  readonly lengthMs: number;
  readonly stormMs: number;
  /** Between two events, on average. */
  readonly gapMs: number;
  readonly size: ChaosSize;
  readonly folder: string;
  readonly clock: Clock;
  /** Hears what is going on, a line at a time. */
  readonly print: (line: string) => void;
}

export interface ChaosReport {
  /** What must never be, in words; undefined for a clean run. */
  readonly failure: string | undefined;
  readonly happened: Readonly<Partial<Record<Kind, number>>>;
  readonly never: readonly Kind[];
  /** How long each calm took to come right, ms. */
  readonly calmsMs: readonly number[];
  /** Payloads of subscriptions that were held against the log. */
  readonly judged: number;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** Calm that does not come right within this time has failed, ms. Starts that back off may take longer: see missing(). */
const calmMs = 180_000;
/** After the time at which a start is tried again. */
const attemptMs = 20_000;
/** Longest that a start backs off. */
const backoffMs = 330_000;
/** Processes that start on a busy machine take their time. */
const readyMs = 240_000;
const watchEveryMs = 50;
const memoryEveryMs = 5000;
/** A process of a small fleet never needs as much, MiB. */
const memoryMaxMiB = 512;

class Failed extends Error {
  override readonly name = "ChaosFailed";
}

/** One run while it goes on. */
class Run {
  readonly #options: ChaosOptions;
  readonly #world: ChaosWorld;
  readonly #doer: Doer;
  readonly #tails: readonly { readonly process: RoleProcess; readonly tail: LogTail }[];
  readonly #budget: BudgetCheck = checkBudget();
  readonly #stop = new AbortController();
  readonly #beganAt: number;
  readonly #failed: () => string | undefined;
  readonly story: string[] = [];
  readonly happened = new Map<Kind, number>();
  readonly calmsMs: number[] = [];
  #leader: RoleProcess | undefined;
  #mostMiB = 0;
  #underWay: Promise<void>[] = [];
  #fail: (what: string) => void;

  constructor(
    options: ChaosOptions,
    world: ChaosWorld,
    failed: () => string | undefined,
    fail: (what: string) => void,
  ) {
    this.#options = options;
    this.#world = world;
    this.#failed = failed;
    this.#fail = fail;
    this.#beganAt = options.clock.monotonic();
    this.#doer = createDoer(world, () => this.#leader);
    this.#tails = world.processes.map((process) => ({
      process,
      tail: new LogTail(process.logPath),
    }));
  }

  note(line: string): void {
    const at = ((this.#options.clock.monotonic() - this.#beganAt) / 1000).toFixed(1);
    const wall = new Date(this.#options.clock.now()).toISOString().slice(11, 23);
    this.story.push(`${at.padStart(7)} s  ${wall}  ${line}`);
  }

  #check(): void {
    const failure = this.#failed();
    if (failure !== undefined) throw new Failed(failure);
  }

  /** Looks at everything that must hold at every moment, until the run ends. */
  async watch(): Promise<void> {
    const { clock } = this.#options;
    let memoryAt = 0;
    while (!this.#stop.signal.aborted) {
      const over = this.#budget.take(this.#world.simulator.calls.counts(), clock.monotonic());
      if (over !== undefined) this.#fail(over);
      for (const { name, check } of this.#world.subscribers) {
        const problem = check.judge(this.#world.recorder.log);
        if (problem !== undefined) this.#fail(`subscriber ${name} ${problem}`);
      }
      await this.#readLogs();
      if (clock.monotonic() >= memoryAt) {
        memoryAt = clock.monotonic() + memoryEveryMs;
        await this.#measure();
      }
      await clock.sleep(watchEveryMs, this.#stop.signal);
    }
  }

  endWatch(): void {
    this.#stop.abort();
  }

  async #readLogs(): Promise<void> {
    for (const { process, tail } of this.#tails)
      for (const line of await tail.lines()) {
        if (line.includes("acting for this cluster")) this.#leader = process;
        const problem = lineProblem(line);
        if (problem !== undefined)
          this.#fail(`a line of ${tail.path} ${problem}: ${line.slice(0, 2000)}`);
      }
  }

  async #measure(): Promise<void> {
    const up = this.#world.processes.flatMap(({ name, pid }) => (pid ? [{ name, pid }] : []));
    const sizes = await residentMiB(up.map(({ pid }) => pid));
    for (const { name, pid } of up) {
      const size = sizes.get(pid) ?? 0;
      this.#mostMiB = Math.max(this.#mostMiB, size);
      if (size > memoryMaxMiB)
        this.#fail(`${name} takes ${Math.round(size)} MiB; ${memoryMaxMiB} are far too many here`);
    }
  }

  /** Breaks things by plan for as long as a storm is. */
  async storm(number: number): Promise<void> {
    const { seed, stormMs, gapMs, clock, print } = this.#options;
    const events = planStorm({ seed, number, lengthMs: stormMs, gapMs });
    print(`storm ${number + 1}: ${events.length} events in ${Math.round(stormMs / 1000)} s`);
    const beganAt = clock.monotonic();
    for (const event of events) {
      await clock.sleep(Math.max(0, beganAt + event.atMs - clock.monotonic()));
      this.#check();
      this.#underWay.push(this.#perform(event));
    }
  }

  async #perform(event: ReturnType<typeof planStorm>[number]): Promise<void> {
    const place = this.story.length;
    this.note(`${event.kind}: ...`);
    try {
      const what = await this.#doer.perform(event);
      this.story[place] = (this.story[place] ?? "").replace("...", what || "(nothing to do it to)");
      if (what !== "") this.happened.set(event.kind, (this.happened.get(event.kind) ?? 0) + 1);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#fail(`${event.kind} could not be done: ${reason}`);
    }
  }

  /** Ends everything that is broken; all must come right. */
  async calm(isLast: boolean): Promise<void> {
    const { clock, print } = this.#options;
    const beganAt = clock.monotonic();
    this.note("calm: everything is mended");
    await this.#doer.calm();
    await Promise.all(this.#underWay);
    this.#underWay = [];
    // A deed that ended late may have begun something anew.
    await this.#doer.calm();
    await this.#ready();
    this.note("calm: every replica is ready");
    await this.#promises();
    await this.#tidyDaemons();
    this.note("calm: daemons are as people want them");
    await this.#converge();
    const tookMs = Math.round(clock.monotonic() - beganAt);
    this.calmsMs.push(tookMs);
    this.note(`calm: all is well after ${tookMs} ms`);
    print(`${isLast ? "last calm" : "calm"}: all is well after ${(tookMs / 1000).toFixed(1)} s`);
  }

  /** Waits for something; what has failed meanwhile ends the wait. */
  async #until(
    what: string,
    look: () => Promise<true | undefined>,
    timeoutMs: number,
  ): Promise<void> {
    const hasFailed = () => this.#failed() !== undefined;
    await until(what, () => (hasFailed() ? true : look()), timeoutMs).catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined;
      throw new Failed(`${what} never came: ${cause instanceof Error ? cause.message : ""}`);
    });
    this.#check();
  }

  async #ready(): Promise<void> {
    for (const url of this.#world.urls)
      await this.#until(
        `a ready ${url}`,
        async () => {
          const answer = await fetch(`${url}readyz`, { signal: AbortSignal.timeout(5000) });
          if (answer.ok) return true;
          throw new Error(await answer.text());
        },
        readyMs,
      );
  }

  /** Every replica has the daemons that people were promised. */
  async #promises(): Promise<void> {
    for (const url of this.#world.urls)
      for (const [name, wishes] of this.#world.users.wishes)
        await this.#until(
          `daemon ${name} as it was promised, at ${url}`,
          async () => {
            const { wish } = await daemonAt(this.#world, url, name);
            const problem = wishes.observed(wish);
            if (problem !== undefined) throw new Error(problem);
            return true;
          },
          30_000,
        );
  }

  /** People put every daemon in order, so that all of them can be looked at. */
  async #tidyDaemons(): Promise<void> {
    const { users, urls } = this.#world;
    const random = seededRandom(`${this.#options.seed}:tidy ${this.calmsMs.length}`);
    for (const spec of daemonSpecs)
      await this.#until(
        `daemon ${spec.name} in order`,
        async () => {
          const url = random.pick(urls);
          const possible = users.wishes.get(spec.name)?.possible ?? [];
          const absent = possible.some(({ exists }) => !exists);
          if (!absent && possible.every(({ paused }) => !paused)) return true;
          const said = await users.change(spec, absent ? "register" : "resume", url, random);
          throw new Error(said);
        },
        60_000,
      );
  }

  async #converge(): Promise<void> {
    const { clock } = this.#options;
    const beganAt = clock.monotonic();
    let deadline = beganAt + calmMs;
    for (;;) {
      this.#check();
      let what: readonly string[];
      try {
        await this.#world.recorder.catchUp();
        const lacking = await missing(this.#world);
        what = lacking.what;
        const waitMs = lacking.nextAttemptAt - clock.now() + attemptMs;
        if (waitMs > 0)
          deadline = Math.max(
            deadline,
            Math.min(clock.monotonic() + waitMs, beganAt + backoffMs + calmMs),
          );
      } catch (error) {
        what = [error instanceof Error ? error.message : String(error)];
      }
      if (what.length === 0) return;
      if (clock.monotonic() > deadline)
        throw new Failed(
          `it did not come right within ${Math.round((clock.monotonic() - beganAt) / 1000)} s:\n  ${what.join("\n  ")}`,
        );
      await clock.sleep(300);
    }
  }

  report(failure: string | undefined): ChaosReport {
    const { users, tasks, subscribers, recorder } = this.#world;
    const sum = (pick: (each: (typeof subscribers)[number]) => number): number =>
      subscribers.reduce((total, each) => total + pick(each), 0);
    const { acknowledged, refused, lost } = users.counts();
    const { started, succeeded } = tasks.counts();
    return {
      failure,
      happened: Object.fromEntries(this.happened),
      never: kindNames.filter((kind) => !this.happened.has(kind)),
      calmsMs: this.calmsMs,
      judged: sum(({ check }) => check.judged),
      figures: {
        "changes in the log": recorder.log.changes.length,
        "changes that a crash of Redis undid": recorder.log.changes.filter(({ undone }) => undone)
          .length,
        "tasks of daemons started": started,
        "runs that succeeded": succeeded,
        "mutations acknowledged, refused, without an answer": `${acknowledged}, ${refused}, ${lost}`,
        "subscriptions resumed, begun anew, expired": `${sum(({ counts }) => counts.resumed)}, ${sum(({ counts }) => counts.begun)}, ${sum(({ counts }) => counts.expired)}`,
        "largest process, MiB": Math.round(this.#mostMiB),
        "fullest bucket of calls, of its burst": Math.max(
          ...Object.values(this.#budget.fullest()),
        ).toFixed(2),
      },
    };
  }
}

/** Runs to its end and resolves with the report; leaves nothing running and the logs where they are. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, folder, clock, size, lengthMs, print } = options;
  let failure: string | undefined;
  let running: Run | undefined;
  const fail = (what: string): void => {
    if (failure !== undefined) return;
    failure = what;
    running?.note(`FAILED: ${what}`);
  };
  const world = await startChaosWorld({ seed, size, folder, clock, onTrouble: fail });
  const run = new Run(options, world, () => failure, fail);
  running = run;
  const watching = run.watch();
  try {
    await run.calm(false);
    const beganAt = clock.monotonic();
    for (let number = 0; clock.monotonic() - beganAt < lengthMs; number++) {
      await run.storm(number);
      await run.calm(clock.monotonic() - beganAt >= lengthMs);
    }
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    fail(error.message);
  } finally {
    run.endWatch();
    await watching;
    await world.close();
    await writeFile(join(folder, "story.txt"), `seed ${seed}\n${run.story.join("\n")}\n`);
    print(`what happened is told in ${join(folder, "story.txt")}`);
  }
  return run.report(failure);
}
