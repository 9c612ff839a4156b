// Checks the settings of the environment and goes on with what is usable. Pure.
import { ConfigError, isLoopback, listenProblem, metricsProblem, readConfig } from "../config.ts";
import type { Config, Environment } from "../config.ts";
import { fail, ok, warn } from "./finding.ts";
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
      if (findings.length === 0) findings.push(ok("configuration", describe(config)));
      findings.push(...doubts(config));
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

/** Where the API would listen, and who could use it. */
function describe({ host, port, tls, tokens, jwt }: Config): string {
  const known = tokens.read.length + tokens.admin.length;
  const who = [
    ...(known > 0 ? [`${known} token${known === 1 ? "" : "s"}`] : []),
    ...(jwt ? [`JWTs of ${new URL(jwt.jwksUrl).host}`] : []),
  ];
  const access = who.length > 0 ? `for ${who.join(" and ")}` : "for whoever is on this machine";
  return `the API would listen on ${host}:${port}${tls ? " with TLS" : ""}, ${access}`;
}

/** What may be meant, and is worth a second thought. */
function doubts(config: Config): Finding[] {
  const { host, tls, trustedProxies, jwt } = config;
  const found: Finding[] = [];
  if (config.metricsWithoutToken && metricsProblem({ ...config, metricsWithoutToken: false }))
    found.push(
      warn(
        "configuration LONGSHORE_METRICS_WITHOUT_TOKEN",
        `whoever reaches ${host}:${config.metricsPort} may read the metrics of the roles`,
        "set LONGSHORE_READ_TOKENS and unset this, or let the firewall pass only Prometheus",
      ),
    );
  if (!isLoopback(host) && !tls && trustedProxies.length === 0)
    found.push(
      warn(
        "configuration LONGSHORE_TLS_CERT",
        `tokens would cross the network in the clear to ${host}`,
        "set LONGSHORE_TLS_CERT and LONGSHORE_TLS_KEY, or put a proxy with TLS in front and name it in LONGSHORE_TRUSTED_PROXIES",
      ),
    );
  if (jwt && (jwt.audience === undefined || jwt.issuer === undefined))
    found.push(
      warn(
        `configuration ${jwt.audience === undefined ? "LONGSHORE_JWT_AUDIENCE" : "LONGSHORE_JWT_ISSUER"}`,
        "not set: a JWT that the issuer made for another service is accepted if it has our scopes",
        "set LONGSHORE_JWT_AUDIENCE and LONGSHORE_JWT_ISSUER",
      ),
    );
  return found;
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
