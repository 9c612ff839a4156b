// Checks the settings of the environment and goes on with what is usable. Pure.
import { ConfigError, listenProblem, readConfig } from "../config.ts";
import type { Config, Environment } from "../config.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface CheckedConfig {
  readonly findings: readonly Finding[];
  /** The settings, with defaults in place of bad values. */
  readonly config: Config;
}

/** Longshore has fewer settings than this; a loop over bad ones ends. */
const settingsMax = 50;

/** Reads the settings again without each one that is refused, so that one run names them all. */
export function checkConfiguration(environment: Environment): CheckedConfig {
  const findings: Finding[] = [];
  let usable = environment;
  for (let round = 0; round < settingsMax; round++) {
    try {
      const config = readConfig(usable);
      const problem = listenProblem(config);
      if (problem !== undefined) findings.push(listenFinding(problem));
      if (findings.length === 0)
        findings.push(ok("configuration", `the API would listen on ${config.host}:${config.port}`));
      return { findings, config };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const name = /^[A-Z][A-Z0-9_]+/.exec(error.message)?.[0];
      findings.push(badValue(name, error.message));
      if (name === undefined || usable[name] === undefined) break;
      usable = { ...usable, [name]: undefined };
    }
  }
  return { findings, config: readConfig({}) };
}

function badValue(name: string | undefined, message: string): Finding {
  const [detail = message, takes] = message.replace(/\.$/, "").split(": it takes ");
  const fix = takes === undefined ? "correct it" : `give it ${takes}, or unset it for the default`;
  return fail(`configuration ${name ?? ""}`.trim(), detail, fix);
}

function listenFinding(problem: string): Finding {
  const [detail = problem, ...rest] = problem.replace(/\.$/, "").split(". ");
  const fix = rest.join(". ");
  return fail("configuration LONGSHORE_HOST", detail, fix === "" ? "correct it" : lowerFirst(fix));
}

const lowerFirst = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);
