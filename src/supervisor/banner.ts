// What `npm start` says once everything is up. Pure.

export interface BannerFacts {
  readonly url: string;
  readonly simulatorUrl: string;
  readonly queue: string;
  /** How a person would name the Redis: a folder or an address without its password. */
  readonly redis: string;
  /** What programs of the user's own are started with, for `node --env-file`. */
  readonly settingsFile: string;
  /** Name and process id of each part. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

/** The block of addresses; with colours for a terminal. */
export function banner(facts: BannerFacts, isTerminal: boolean): string {
  const style = (code: number, text: string) =>
    isTerminal ? `\u001B[${code}m${text}\u001B[0m` : text;
  const row = (label: string, value: string, note = "") =>
    `    ${style(2, label.padEnd(12))}${style(36, value)}${note ? style(2, `  ${note}`) : ""}`;
  const parts = facts.processes.map(({ name, pid }) => `${name} ${pid}`).join(", ");
  return [
    "",
    `  ${style(1, "Longshore is up")} and follows a simulated fleet: no AWS account is touched.`,
    "",
    row("Dashboard", `${facts.url}/`),
    row("Playground", `${facts.url}/playground`),
    row("GraphQL", `${facts.url}/graphql`),
    row(
      "Simulator",
      facts.simulatorUrl,
      `ECS, SQS, EC2 and STS for any AWS SDK; queue "${facts.queue}"`,
    ),
    row("Redis", facts.redis),
    row("Processes", parts),
    "",
    `  A scheduler of your own (docs/scheduler-kit.md):  ${style(1, `node --env-file=${facts.settingsFile} scheduler.ts`)}`,
    `  Another terminal:  ${style(1, "npm run -s longshore -- get clusters")}`,
    `  Stop everything:   ${style(1, "Ctrl-C")}`,
    "",
    "",
  ].join("\n");
}
