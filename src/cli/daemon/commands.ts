// The arguments of `longshore daemon`: what each subcommand takes, and what is run with it.
import type { Command } from "commander";
import { systemClock } from "../../clock.ts";
import { text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { ApiClient } from "../client.ts";
import { usageFailure } from "../failure.ts";
import { addApiOptions, secondsOption } from "../options.ts";
import type { ApiFlags } from "../options.ts";
import { runCommand } from "../run-command.ts";
import type { Surroundings } from "../run-command.ts";
import type { Terminal } from "../terminal.ts";
import type { Payload } from "./change.ts";
import type { DaemonDocument } from "./file.ts";
import { addSettings, inputOf, numberOption } from "./settings.ts";
import type { SettingFlags } from "./settings.ts";

interface CommonFlags extends ApiFlags {
  readonly json?: true;
  readonly cluster?: string;
}

interface ChangeFlags extends CommonFlags {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly wait?: true;
  /** Seconds. */
  readonly within?: number;
}

interface NamedFlags extends ChangeFlags {
  readonly to?: number;
  readonly keepTasks?: true;
  readonly instance?: readonly string[];
}

type EditFlags = ChangeFlags & SettingFlags & { readonly file?: string };

const changeOptions = ({ json, dryRun, yes }: ChangeFlags) => ({
  json: json === true,
  dryRun: dryRun === true,
  yes: yes === true,
});

/** Waits, when that is wanted, for what an answer says is under way. */
async function waitFor(
  client: ApiClient,
  payload: Payload,
  input: JsonObject,
  flags: ChangeFlags & { readonly isRemoval?: boolean },
  terminal: Terminal,
): Promise<void> {
  if (!flags.wait || flags.dryRun) return;
  const { waitAfter, waitForRollout } = await import("./wait.ts");
  const which = { cluster: text(input, "cluster") ?? "", name: text(input, "name") ?? "" };
  const wait = waitAfter(payload, which, flags.isRemoval === true);
  const withinMs = flags.within === undefined ? undefined : flags.within * 1000;
  await waitForRollout(client, { ...wait, withinMs }, terminal, systemClock);
}

/**
 * A name that says its cluster as well, or that one cluster only has, as name and options say it. What a file says
 * of a cluster is the file's, and what is to be registered cannot be looked up.
 */
async function withCluster(
  client: ApiClient,
  kind: "register" | "update",
  name: string | undefined,
  flags: EditFlags,
): Promise<readonly [name: string | undefined, flags: EditFlags]> {
  const isFound = kind === "update" && flags.file === undefined;
  if (name === undefined || flags.cluster !== undefined || !(isFound || name.includes("/")))
    return [name, flags];
  const { findDaemon } = await import("../find.ts");
  const which = await findDaemon(client, name, undefined);
  return [which.name, { ...flags, cluster: which.cluster }];
}

/** The daemons that a file or the options alone describe. */
async function documentsOf(
  name: string | undefined,
  flags: EditFlags,
  type: "RegisterDaemonInput" | "UpdateDaemonInput",
): Promise<readonly DaemonDocument[]> {
  if (flags.file === undefined) return [{ input: inputOf({}, name, flags), where: undefined }];
  const { readDaemons } = await import("./file.ts");
  const documents = await readDaemons(flags.file, type, (file) => inputOf(file, name, flags));
  if (name !== undefined && documents.length > 1)
    throw usageFailure(`${flags.file} has ${documents.length} daemons: NAME would be that of all.`);
  return documents;
}

/** Adds the options of what changes something. */
function addChangeOptions(command: Command, takesWait: boolean): Command {
  command.option("-y, --yes", "do it without asking; nobody is asked but at a terminal");
  if (!takesWait) return command;
  return command
    .option("--wait", "follow it to its end; exit code 8 when it fails or is stuck")
    .addOption(secondsOption("--within <seconds>", "wait so long at most; exit code 7 after that"));
}

const fileOption = [
  "-f, --file <file>",
  "YAML or JSON with the settings of the API's input, several documents if you like; - reads stdin; options win over it",
] as const;

/** `daemon` under construction: its command, and how subcommands are added to it. */
class DaemonCommands {
  readonly parent: Command;
  readonly #surroundings: Surroundings;

  constructor(parent: Command, surroundings: Surroundings) {
    this.parent = parent;
    this.#surroundings = surroundings;
  }

  #subcommand(nameAndArguments: string, description: string): Command {
    const command = this.parent
      .command(nameAndArguments)
      .description(description)
      .option("--cluster <cluster>", "its cluster, by name or ARN")
      .option("--json", "JSON on stdout");
    return addApiOptions(command);
  }

  /** `register` and `update`. */
  edit(kind: "register" | "update", description: string): Command {
    const type = kind === "register" ? "RegisterDaemonInput" : "UpdateDaemonInput";
    const command = addSettings(this.#subcommand(`${kind} [name]`, description))
      .option(...fileOption)
      .option("--dry-run", "show what would follow, change nothing");
    return addChangeOptions(command, true).action((which: string | undefined, given: EditFlags) =>
      runCommand(this.#surroundings, given, given.wait === true, async (client, terminal) => {
        const [name, flags] = await withCluster(client, kind, which, given);
        const documents = await documentsOf(name, flags, type);
        const { changeDaemon, daemonChanges } = await import("./change.ts");
        const { forEachDocument } = await import("./each.ts");
        const options = changeOptions(flags);
        const act = async ({ input }: DaemonDocument) => {
          const payload = await changeDaemon(client, daemonChanges[kind], input, options, terminal);
          return { input, payload };
        };
        const { results, failure } = await forEachDocument(documents, act, terminal);
        for (const { input, payload } of results)
          await waitFor(client, payload, input, flags, terminal);
        if (failure) throw failure;
      }),
    );
  }

  /** `apply` and `diff`. */
  fromFile(kind: "apply" | "diff", description: string): Command {
    const command = this.#subcommand(kind, description).requiredOption(...fileOption);
    if (kind === "apply")
      addChangeOptions(command.option("--dry-run", "show what would follow, change nothing"), true);
    return command.action((flags: EditFlags & { readonly file: string }) =>
      runCommand(this.#surroundings, flags, flags.wait === true, async (client, terminal) => {
        const documents = await documentsOf(undefined, flags, "RegisterDaemonInput");
        const { applyDaemon, diffDaemons } = await import("./apply.ts");
        if (kind === "diff") return diffDaemons(client, documents, terminal);
        const { forEachDocument } = await import("./each.ts");
        const act = (document: DaemonDocument) =>
          applyDaemon(client, document, changeOptions(flags), terminal);
        const { results, failure } = await forEachDocument(documents, act, terminal);
        for (const { payload, input } of results)
          if (payload) await waitFor(client, payload, input, flags, terminal);
        if (failure) throw failure;
      }),
    );
  }

  /** What changes one daemon by its name. */
  named(
    kind: "rollback" | "pause" | "resume" | "promote" | "rerun" | "deregister",
    description: string,
    extra: (flags: NamedFlags) => JsonObject = () => ({}),
  ): Command {
    const command = this.#subcommand(`${kind} <name>`, description);
    return addChangeOptions(command, kind !== "pause").action((which: string, flags: NamedFlags) =>
      runCommand(this.#surroundings, flags, flags.wait === true, async (client, terminal) => {
        const { findDaemon } = await import("../find.ts");
        const input = { ...(await findDaemon(client, which, flags.cluster)), ...extra(flags) };
        const { changeDaemon, daemonChanges } = await import("./change.ts");
        const options = changeOptions(flags);
        const payload = await changeDaemon(client, daemonChanges[kind], input, options, terminal);
        const isRemoval = kind === "deregister";
        await waitFor(client, payload, input, { ...flags, isRemoval }, terminal);
      }),
    );
  }

  explain(): Command {
    return this.#subcommand(
      "explain <name>",
      "rule by rule, why a container instance has or lacks its task",
    )
      .requiredOption(
        "--instance <id>",
        "the container instance, by id, its beginning, EC2 instance id or ARN",
      )
      .action((name: string, flags: CommonFlags & { readonly instance: string }) =>
        runCommand(this.#surroundings, flags, false, async (client, terminal) => {
          const { findDaemon, findInstance } = await import("../find.ts");
          const which = await findDaemon(client, name, flags.cluster);
          const instance = await findInstance(client, flags.instance, which.cluster);
          const { explainDaemon } = await import("./explain.ts");
          const json = flags.json ?? false;
          return explainDaemon(client, { ...which, instance }, { json }, terminal);
        }),
      );
  }

  events(): Command {
    return this.#subcommand("events <name>", "what was done for it and why, newest first")
      .addOption(numberOption("--first <n>", "how many, up to 1000").default(50))
      .action((name: string, flags: CommonFlags & { readonly first: number }) =>
        runCommand(this.#surroundings, flags, false, async (client, terminal) => {
          const { findDaemon } = await import("../find.ts");
          const { first, json = false } = flags;
          const which = { ...(await findDaemon(client, name, flags.cluster)), first };
          const { printDaemonEvents } = await import("./explain.ts");
          return printDaemonEvents(client, which, { json }, terminal);
        }),
      );
  }
}

/** Adds `daemon` to the program. */
export function addDaemonCommands(program: Command, surroundings: Surroundings): Command {
  const parent = program
    .command("daemon")
    .description("define daemons, change them, and see why they do what they do");
  const commands = new DaemonCommands(parent, surroundings);
  commands
    .edit("register", "define a daemon: one task on every matching container instance from now on")
    .option("--mode <mode>", "ALWAYS (the default), ONCE_JOINED or ONCE_LEAVING")
    .option("--paused", "register it without starting anything");
  commands
    .edit("update", "change a daemon; what is not given stays as it is")
    .addOption(
      numberOption("--expected-revision <n>", "refuse when it has another revision by now"),
    );
  commands.fromFile("apply", "register or update the daemons of a file; nothing where it is so");
  commands.fromFile("diff", "how the daemons of a file differ from what is there");
  commands
    .named("rollback", "go back to an earlier revision", ({ to }) =>
      to === undefined ? {} : { toRevision: to },
    )
    .addOption(numberOption("--to <revision>", "the one before the present one, when not given"));
  commands.named("pause", "start and stop nothing for it until it is resumed");
  commands.named("resume", "go on from what is true by now");
  commands.named("promote", "let a canary go on to the whole fleet");
  commands
    .named("rerun", "run once-tasks again on these container instances", ({ instance = [] }) => ({
      containerInstances: instance,
    }))
    .requiredOption(
      "--instance <id>",
      "a container instance, by id or ARN; give it again for more",
      (id: string, before: readonly string[] | undefined) => [...(before ?? []), id],
    );
  commands
    .named("deregister", "remove it and stop its tasks", ({ keepTasks }) =>
      keepTasks ? { stopTasks: false } : {},
    )
    .option("--keep-tasks", "leave its tasks running, without a daemon");
  commands.explain();
  commands.events();
  return parent;
}
