// The GraphQL documents of the daemons' pages: what they ask and what they can do.

const plan = `plan {
    start stop keep skip { containerInstance reason } waves { start replace stop } apiCalls
  }`;

const settings = `name cluster { arn name } mode launch paused drainOrder readinessAttribute revision stableRevision
  rollout { method minHealthyPercent maxOverPercent canaryPercent autoRollback }
  revisions { revision taskDefinition selector overrides networkConfiguration tags { key value } createdAt }`;

/** All about one daemon but where its tasks are and what was done for it. */
export const daemonQuery = `query Dashboard_daemon($cluster: String!, $name: String!) {
  daemon(cluster: $cluster, name: $name) {
    ${settings}
    status { phase reason since desired running healthy updated outdated waiting failed succeeded }
    ${plan} plan { wave waveCount }
  }
}`;

/** How it stands on each container instance, a page at a time. */
export const placementsQuery = `query Dashboard_placements($cluster: String!, $name: String!, $after: String) {
  daemon(cluster: $cluster, name: $name) {
    placements(first: 1000, after: $after) {
      nodes {
        containerInstance { arn } task { arn } state updated reason since attempts nextAttemptAt exitCode generation
        endedAt
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** What was done for it and why, newest first. */
export const daemonEventsQuery = `query Dashboard_daemonEvents($cluster: String!, $name: String!, $first: Int) {
  daemon(cluster: $cluster, name: $name) {
    events(first: $first) { at type containerInstance task revision reason }
  }
}`;

/** Why one container instance has or lacks its task. */
export const explainQuery = `query Dashboard_explain($cluster: String!, $name: String!, $instance: ID!) {
  daemon(cluster: $cluster, name: $name) {
    explain(containerInstance: $instance) { placeable rules { rule ok detail } }
  }
}`;

/** What the forms show beside their fields: the schema's own words, and the values that it has for enums. */
export const formSchemaQuery = `query Dashboard_form {
  __type(name: "RegisterDaemonInput") {
    inputFields { name description type { ...values inputFields { name description type { ...values } } } }
  }
}
fragment values on __Type { enumValues { name description } }`;

const change = (name: string, input: string, variables = "", rest = "") =>
  `mutation Dashboard_${name}($input: ${input}!${variables}) {
  ${name}(input: $input${rest}) { daemon { name revision } ${plan} }
}`;

const dryRun = [", $dryRun: Boolean", ", dryRun: $dryRun"] as const;

/** Everything that a person can do to a daemon, by the name of its mutation. */
export const mutations = {
  registerDaemon: change("registerDaemon", "RegisterDaemonInput", ...dryRun),
  updateDaemon: change("updateDaemon", "UpdateDaemonInput", ...dryRun),
  rollbackDaemon: change("rollbackDaemon", "RollbackDaemonInput"),
  pauseDaemon: change("pauseDaemon", "DaemonInput"),
  resumeDaemon: change("resumeDaemon", "DaemonInput"),
  promoteDaemon: change("promoteDaemon", "DaemonInput"),
  rerunDaemon: change("rerunDaemon", "RerunDaemonInput"),
  deregisterDaemon: change("deregisterDaemon", "DeregisterDaemonInput"),
} as const;

export type MutationName = keyof typeof mutations;
