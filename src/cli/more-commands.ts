// The arguments of the commands that stand alone: top, export, import, record, replay.
import { Argument, InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { addApiOptions, secondsOption } from "./options.ts";
import type { ApiFlags } from "./options.ts";
import { runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";
import type { ViewName } from "./top/fleet.ts";

/** Adds `top` to the program. */
export function addTopCommand(program: Command, surroundings: Surroundings): Command {
  const views = ["clusters", "instances", "daemons", "tasks", "failures"];
  const command = program
    .command("top")
    .description("the fleet on the whole terminal, live; ? shows the keys")
    .addArgument(new Argument("[view]", "what to begin with").choices(views).default("clusters"))
    .option("--cluster <cluster>", "instances, daemons and tasks of this cluster only");
  return addApiOptions(command).action(
    (view: ViewName, flags: ApiFlags & { readonly cluster?: string }) =>
      runCommand(surroundings, flags, true, async (client, terminal) => {
        const { top } = await import("./top/top.ts");
        await top(client, { view, cluster: flags.cluster }, terminal, systemClock);
      }),
  );
}

/** Adds `export` to the program. */
export function addExportCommand(program: Command, surroundings: Surroundings): Command {
  const command = program
    .command("export")
    .description("the daemons as YAML on stdout, for import or daemon apply: a backup")
    .option("--cluster <cluster>", "of this cluster only, by name or ARN");
  return addApiOptions(command).action((flags: ApiFlags & { readonly cluster?: string }) =>
    runCommand(surroundings, flags, false, async (client, terminal) => {
      const { exportDaemons } = await import("./backup.ts");
      await exportDaemons(client, flags.cluster, terminal);
    }),
  );
}

interface ImportFlags extends ApiFlags {
  readonly runAgain?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly yes?: true;
}

/** Adds `import` to the program. */
export function addImportCommand(program: Command, surroundings: Surroundings): Command {
  const command = program
    .command("import")
    .description(
      "register the daemons of a file that export wrote, and make those that are there as it says; once-tasks stay paused",
    )
    .argument("<file>", "file that export wrote; - reads stdin")
    .option("--run-again", "do not pause daemons whose tasks run once: they run everywhere again")
    .option("--dry-run", "show what would follow, change nothing")
    .option("--json", "JSON on stdout")
    .option("-y, --yes", "do it without asking; nobody is asked but at a terminal");
  return addApiOptions(command).action((path: string, flags: ImportFlags) =>
    runCommand(surroundings, flags, false, async (client, terminal) => {
      const { readDaemons } = await import("./daemon/file.ts");
      const documents = await readDaemons(path, "RegisterDaemonInput");
      const { importDaemons } = await import("./backup.ts");
      const { runAgain = false, dryRun = false, json = false, yes = false } = flags;
      await importDaemons(client, documents, { runAgain, dryRun, json, yes }, terminal);
    }),
  );
}

/** The queue that `serve ingest` reads when nobody says otherwise. */
const ingestQueue = (): string => processEnvironment["LONGSHORE_QUEUE"] || "longshore";

interface RecordFlags extends ApiFlags {
  readonly append?: true;
  readonly cluster?: string;
  readonly queue?: string;
  readonly takeFromIngest?: true;
  readonly for?: number;
}

/** A queue's own name, whether it was given so or as a URL. */
const queueName = (queue: string): string => queue.slice(queue.lastIndexOf("/") + 1);

/** Adds `record` to the program. */
export function addRecordCommand(program: Command, surroundings: Surroundings): Command {
  const command = program
    .command("record")
    .description(
      "save what happens to a file, as ECS's events, a JSON object a line: all that is there, then every change",
    )
    .argument("<file>", "file to write")
    .option("--append", "go on behind what is in the file")
    .option("--cluster <cluster>", "of this cluster only, by name or ARN")
    .addOption(
      new Option(
        "--queue <queue>",
        "take the messages of this queue instead, by name or URL, to the letter; they are deleted from it, so it must be one of its own (a second target of the rule)",
      ).conflicts("cluster"),
    )
    .option("--take-from-ingest", "even of the queue that ingest reads: it will miss them")
    .addOption(secondsOption("--for <seconds>", "end after so long; Ctrl-C ends it, too"));
  return addApiOptions(command).action((path: string, flags: RecordFlags) =>
    runCommand(surroundings, flags, true, async (client, terminal) => {
      const { queue, cluster, append = false } = flags;
      if (
        queue !== undefined &&
        queueName(queue) === queueName(ingestQueue()) &&
        !flags.takeFromIngest
      )
        throw usageFailure(
          `queue ${queue} is the one that ingest reads (LONGSHORE_QUEUE), and would miss what is taken: name a queue of its own, leave --queue out to follow the API, or say --take-from-ingest.`,
        );
      const forMs = flags.for === undefined ? undefined : flags.for * 1000;
      const { record } = await import("./recording/record.ts");
      await record(client, { path, append, cluster, queue, forMs }, terminal, systemClock);
    }),
  );
}

function speed(value: string): number {
  const parsed = Number(value);
  if (!(parsed > 0)) throw new InvalidArgumentError("It takes a number above 0.");
  return parsed;
}

/** Adds `replay` to the program. */
export function addReplayCommand(program: Command, surroundings: Surroundings): Command {
  const option = new Option(
    "--speed <n>",
    "1 as it was, 10 ten times as fast; all at once if not said",
  );
  return program
    .command("replay")
    .description("feed a recorded file to a queue, for an ingest that reads it")
    .argument("<file>", "file that record wrote, or events, one a line; - reads stdin")
    .option("--queue <queue>", "name or URL (or LONGSHORE_QUEUE)")
    .addOption(option.argParser(speed))
    .option("-y, --yes", "do it without asking; nobody is asked but at a terminal")
    .action(
      (
        path: string,
        flags: { readonly queue?: string; readonly speed?: number; readonly yes?: true },
      ) =>
        runCommand(surroundings, {}, true, async (_, terminal) => {
          const queue = flags.queue ?? ingestQueue();
          const asks = flags.queue === undefined && !flags.yes && terminal.ask;
          if (asks && !(await terminal.ask(`Send the events of ${path} to queue ${queue}? [y/N] `)))
            throw new ClientFailure("here", "DECLINED", "nothing was sent.");
          const { replay } = await import("./recording/replay.ts");
          await replay({ path, queue, speed: flags.speed }, terminal, systemClock);
        }),
    );
}
