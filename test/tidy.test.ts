// Rules about the code itself, so that nobody needs to remember them. Each failure names the file, the rule and the remedy.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

/** Files that help tests but hold none. */
const forTests = /\.test\.tsx?$|^src\/testing\/|\/fake-[^/]+\.ts$|\/test-[^/]+\.ts$|^test\//;

function filesOf(...patterns: string[]): SourceFile[] {
  return globSync(patterns, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !/^src\/\w+\/generated\/|node_modules/.test(path))
    .sort()
    .map((path) => ({
      path,
      text: readFileSync(join(root, path), "utf8"),
      isTest: forTests.test(path),
    }));
}

const typescript = filesOf("src/**/*.{ts,tsx}");
const production = typescript.filter((file) => !file.isTest);
const scripts = filesOf("scripts/*.mjs", "bin/*.mjs", "bench/**/*.ts", "test/**/*.ts");
const lua = filesOf("src/**/*.lua");

/** Code with comments blanked out; strings stay. Line numbers stay, too. */
export function withoutComments(text: string): string {
  const blank = (comment: string) => comment.replace(/[^\n]/g, " ");
  const parts =
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[^]*?\*\/|\/\/[^\n]*/g;
  return text.replace(parts, (whole, literal?: string) =>
    literal === undefined ? blank(whole) : whole,
  );
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/**
 * What each folder of src may import, besides itself and the doors. Down only; graphql and scheduler never each other.
 * A file right under src is a door, named without its extension: anybody may use those in `doors`.
 */
const doors = new Set(["clock", "random", "log", "config"]);
const below: Readonly<Record<string, readonly string[]>> = {
  ecs: [],
  sqs: ["ecs"],
  aws: ["ecs"],
  telemetry: ["ecs"],
  daemon: ["ecs"],
  store: ["ecs", "daemon"],
  ingest: ["ecs", "sqs", "store", "telemetry"],
  changes: ["ecs", "daemon", "store"],
  graphql: ["ecs", "daemon", "store", "changes", "telemetry"],
  scheduler: ["ecs", "daemon", "store", "changes", "telemetry"],
  doctor: ["ecs", "sqs", "store", "redis-server"],
  simulator: ["ecs"],
  simulation: [
    "ecs",
    "sqs",
    "aws",
    "daemon",
    "store",
    "ingest",
    "changes",
    "graphql",
    "scheduler",
    "simulator",
    "roles",
  ],
  // Of a package of its own for programs, also in browsers: what it imports, they load.
  client: [],
  // What schedulers of other people are built on, as ours is.
  kit: ["ecs", "aws", "daemon", "store", "scheduler", "client"],
  // The simulator and a Longshore, and whole worlds, for tests of others.
  harness: ["ecs", "aws", "simulator", "simulation", "redis-server", "client", "kit"],
  cli: ["ecs", "client"],
  dashboard: ["client"],
  playground: [],
  "redis-server": [],
  supervisor: ["redis-server"],
  // A program for developers: what it drives, it drives from outside; what it reads directly, it only reads.
  chaos: ["ecs", "daemon", "store", "changes", "simulator", "redis-server", "roles", "testing"],
  roles: [
    "ecs",
    "sqs",
    "aws",
    "daemon",
    "store",
    "ingest",
    "changes",
    "graphql",
    "scheduler",
    "redis-server",
    "telemetry",
  ],
};

/** The command line talks to the API; only its entry, which starts everything, reaches further, and what reads or feeds a queue. */
const entries: Readonly<Record<string, readonly string[]>> = {
  "src/cli/doctor-command.ts": ["doctor"],
  "src/cli/recording/record.ts": ["ecs", "sqs"],
  "src/cli/recording/replay.ts": ["sqs"],
  "src/cli/main.ts": ["roles", "simulator", "supervisor", "redis-server", "graphql"],
};

/** Doors that a layer must do without: what has no I/O does not log and reads no settings. */
const closedDoors: Readonly<Record<string, readonly string[]>> = {
  ecs: ["log", "config"],
  daemon: ["log", "config"],
  simulator: ["config"],
  client: ["random", "log", "config"], // they need Node.js
  dashboard: ["random", "log", "config"],
  playground: ["random", "log", "config"],
};

function importsOf(file: SourceFile): { target: string; line: number }[] {
  const code = withoutComments(file.text);
  const found = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g)];
  return found.map((match) => ({
    target: relative(root, join(root, dirname(file.path), match[1] ?? "")).replaceAll("\\", "/"),
    line: lineOf(code, match.index),
  }));
}

function importProblem(file: SourceFile, target: string): string | undefined {
  const [, folder = ""] = file.path.split("/");
  const [top, wanted = ""] = target.split("/");
  if (top !== "src")
    return ["package.json", "schema.graphql"].includes(target) ? undefined : "src imports only src";
  const allowed = entries[file.path] ?? below[folder] ?? [];
  if (forTests.test(target) && !allowed.includes("testing"))
    return "what is only for tests stays in tests";
  const isDoor = /\.tsx?$/.test(wanted);
  const name = wanted.replace(/\.tsx?$/, "");
  if (isDoor && !doors.has(name))
    return `src/${wanted} is no door: put it into the folder that owns it`;
  if (isDoor && /\.tsx?$/.test(folder)) return undefined;
  if (isDoor)
    return closedDoors[folder]?.includes(name)
      ? `${folder} must do without ${name}: pass what it needs in`
      : undefined;
  if (wanted === folder) return undefined;
  if (allowed.includes(wanted)) return undefined;
  return `${folder} may import ${allowed.length > 0 ? allowed.join(", ") : "no other folder"}, not ${wanted}`;
}

interface Ban {
  readonly pattern: RegExp;
  readonly use: string;
  /** Files that are the door, or outside of the rule. */
  readonly except: RegExp;
}

// The pages run in a browser: its timers are theirs to use.
const bans: readonly Ban[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    use: "clock.now() of src/clock.ts",
    except: /^src\/(clock\.ts|dashboard\/|playground\/)/,
  },
  {
    pattern: /\bperformance\.now\(/,
    use: "clock.monotonic() of src/clock.ts",
    except: /^src\/(clock\.ts|dashboard\/|playground\/)/,
  },
  {
    pattern: /(?<![.\w])set(Timeout|Interval)\(/,
    use: "clock.sleep() or clock.after() of src/clock.ts",
    except: /^src\/(clock\.ts|dashboard\/|playground\/)/,
  },
  {
    pattern: /(?<![.\w])setImmediate\(|\bnextTick\(|["'](node:)?timers(\/promises)?["']/,
    use: "clock.soon() or turnOf() of src/clock.ts",
    except: /^src\/clock\.ts/,
  },
  {
    pattern: /\bMath\.random\(|\brandomUUID\(/,
    use: "Random of src/random.ts",
    except: /^src\/(random\.ts|client\/|dashboard\/|playground\/)/,
  },
  {
    pattern: /\bprocess\.env\b/,
    use: "readConfig() or processEnvironment of src/config.ts",
    except: /^src\/config\.ts/,
  },
  {
    pattern: /(?<![.\w])console\.\w+\(/,
    use: "createLog() of src/log.ts",
    except: /^src\/(cli|dashboard|playground)\//,
  },
  {
    pattern: /:\s*any\b(?=\s*[;,)=|[\]}>])|\bas any\b|<any>/,
    use: "a real type, or unknown and a guard",
    except: /^$/,
  },
  { pattern: /@ts-(ignore|expect-error|nocheck)/, use: "a type that fits", except: /^$/ },
];

/** "path:line: rule" for each place that breaks one; an empty list is what a test wants. */
function offences(files: readonly SourceFile[], find: (file: SourceFile) => string[]): string[] {
  return files.flatMap((file) => find(file).map((problem) => `${file.path}${problem}`));
}

describe("layers", () => {
  test("imports go downwards only", () => {
    const found = offences(production, (file) =>
      importsOf(file).flatMap(({ target, line }) => {
        const problem = importProblem(file, target);
        return problem === undefined ? [] : [`:${line}: ${problem}`];
      }),
    );
    expect(found).toEqual([]);
  });

  test("every folder of src has its place among the layers", () => {
    const folders = new Set(production.map((file) => file.path.split("/")[1] ?? ""));
    const known = new Set([
      ...Object.keys(below),
      "cli",
      ...[...doors].map((name) => `${name}.ts`),
    ]);
    expect([...folders].filter((folder) => !known.has(folder))).toEqual([]);
  });
});

describe("doors", () => {
  test.each(bans)("$pattern is not used: $use", ({ pattern, use, except }) => {
    const files = production.filter((file) => !except.test(file.path));
    const found = offences(files, ({ text }) => {
      // Comments may speak of it, but those for the compiler count.
      const code = pattern.source.startsWith("@ts") ? text : withoutComments(text);
      return code
        .split("\n")
        .flatMap((line, index) => (pattern.test(line) ? [`:${index + 1}: use ${use}`] : []));
    });
    expect(found).toEqual([]);
  });
});

describe("files", () => {
  test("none is longer than 400 lines", () => {
    const found = offences([...typescript, ...scripts, ...lua], (file) => {
      const lines = file.text.trimEnd().split("\n").length;
      const limit = file.isTest ? 600 : 400;
      return lines > limit
        ? [`: ${lines} lines, ${limit} are allowed: split it by what changes together`]
        : [];
    });
    expect(found).toEqual([]);
  });

  test("each opens with what it owns and never does", () => {
    const found = offences([...typescript, ...scripts], ({ text }) =>
      /^(#![^\n]*\n)?(\/\/ \S|\/\*\*? ?\S)/.test(text) ? [] : [": has no opening comment"],
    );
    expect(found).toEqual([]);
  });

  test("each Lua script opens with what it does, and says what its KEYS and ARGV are", () => {
    const found = offences(lua, ({ text }) => {
      const header = /^(--[^\n]*\n)+/.exec(text)?.[0] ?? "";
      if (header === "") return [": has no opening comment"];
      return ["KEYS", "ARGV"].flatMap((name) =>
        text.slice(header.length).includes(name) && !header.includes(name)
          ? [`: its header does not say what ${name} are`]
          : [],
      );
    });
    expect(found).toEqual([]);
  });

  test("no note of unfinished work without an issue or a name", () => {
    const found = offences([...typescript, ...scripts, ...lua], ({ text }) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          /\b(TODO|FIXME|XXX|HACK)\b(?!\((#\d+|@?\w+)\))/.test(line) && !line.includes("|FIXME|")
            ? [`:${index + 1}: finish it, or name an owner: TODO(#12)`]
            : [],
        ),
    );
    expect(found).toEqual([]);
  });

  test("nothing names this machine", () => {
    const home = /(?<![\w.])\/(work|root|home\/[a-z]+)\//;
    const found = offences([...typescript, ...scripts, ...lua], ({ text, isTest }) =>
      isTest
        ? []
        : text
            .split("\n")
            .flatMap((line, index) =>
              home.test(line) ? [`:${index + 1}: a path of one machine`] : [],
            ),
    );
    expect(found).toEqual([]);
  });
});

describe("these rules themselves", () => {
  const file = (path: string): SourceFile => ({ path, text: "", isTest: false });

  test("see an import that goes up or sideways", () => {
    expect(importProblem(file("src/ecs/task.ts"), "src/store/store.ts")).toContain("not store");
    expect(importProblem(file("src/graphql/page.ts"), "src/scheduler/launch.ts")).toContain(
      "not scheduler",
    );
    expect(importProblem(file("src/daemon/plan.ts"), "src/log.ts")).toContain("without log");
    expect(importProblem(file("src/store/keys.ts"), "src/testing/redis.ts")).toContain("tests");
    expect(importProblem(file("src/store/keys.ts"), "src/ecs/arn.ts")).toBeUndefined();
  });

  test("look at code, not at comments, and not past them", () => {
    expect(withoutComments('a("//b"); // Date.now()\n/* x\n */ y')).toMatch(
      /^a\("\/\/b"\);\s+\n\s+\n\s+y$/,
    );
    const probe = "const t = Date.now(); setTimeout(f, 1); clock.setTimeout(f)";
    expect(bans.filter(({ pattern }) => pattern.test(probe))).toHaveLength(2);
  });

  test("see files at all", () => {
    expect(production.length).toBeGreaterThan(50);
    expect(lua.length).toBeGreaterThan(3);
  });
});
