// The tabs that the playground opens with. Text only; each is valid against schema.graphql.

/** What a tab starts with. */
export interface ExampleTab {
  readonly query: string;
  readonly variables?: string;
}

const clusters = `# Every cluster with its counts, and what runs in it.
# With a token: open Headers below and put in {"authorization": "Bearer <token>"}.
query ClustersAndTasks {
  clusters {
    totalCount
    nodes {
      name
      region
      instanceCounts { total active draining agentDisconnected }
      taskCounts { total running pending stopped }
      freshness { lastEventAt eventLagMs lastReconciledAt driftRepaired problem }
    }
  }
  tasks(filter: { lastStatus: [RUNNING] }, first: 20) {
    totalCount
    nodes {
      id
      family
      group
      cluster { name }
      containerInstance { ec2InstanceId availabilityZone }
      startedAt
      endpoints { host port }
    }
  }
}
`;

const changes = `# What runs now as ADDED, one SYNCED, then every change as it happens.
# To go on later without a gap: after: "<the last cursor>" instead of snapshot.
subscription TaskChanges($filter: TaskFilter) {
  taskChanges(filter: $filter, snapshot: true) {
    type
    cursor
    task {
      id
      family
      group
      cluster { name }
      lastStatus
      desiredStatus
      stoppedReason
    }
  }
}
`;

const register = `# One task on every container instance of the cluster.
# With dryRun: true the plan is worked out and nothing is done.
mutation RegisterDaemon($input: RegisterDaemonInput!, $dryRun: Boolean!) {
  registerDaemon(input: $input, dryRun: $dryRun) {
    daemon {
      name
      revision
      status { phase desired running waiting failed }
    }
    plan {
      start
      stop
      keep
      skip { containerInstance reason }
    }
  }
}
`;

const pretty = (value: unknown) => JSON.stringify(value, null, 2);

export const exampleTabs: readonly ExampleTab[] = [
  { query: clusters },
  { query: changes, variables: pretty({ filter: { lastStatus: ["PENDING", "RUNNING"] } }) },
  {
    query: register,
    variables: pretty({
      input: {
        cluster: "harbor-prod",
        name: "node-exporter",
        taskDefinition: "node-exporter:1",
        rollout: { minHealthyPercent: 90 },
      },
      dryRun: true,
    }),
  },
];
