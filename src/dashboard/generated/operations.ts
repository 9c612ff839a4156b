/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  | T
  | { [P in keyof T]?: P extends " $fragmentName" | "__typename" ? T[P] : never };
/** What happened to an entity, seen through the subscription's filter. */
export type ChangeType =
  /** New, or it matches the filter from now on. */
  | "ADDED"
  /** Still matches, and something that the subscription selects or filters by is different. */
  | "MODIFIED"
  /** Gone, or it does not match the filter any more. */
  | "REMOVED"
  /** Everything up to this cursor has been sent: the end of a snapshot, or a heartbeat that was asked for. Carries no entity. */
  | "SYNCED";

/** What was done or decided. A later version may add to these. */
export type DaemonEventType =
  /** A once-task that runs, and that nothing was remembered of, was written down. */
  | "ADOPT"
  /** The next start waits. */
  | "BACKOFF"
  /** A rollout has reached every container instance. */
  | "COMPLETE"
  /** It was deregistered. */
  | "DEREGISTER"
  /** A container instance that is about to go was set DRAINING. */
  | "DRAIN"
  /** A once-task failed. */
  | "FAIL"
  /** ECS was asked about a start that nothing was seen of. */
  | "LOOKUP"
  /** It was paused. */
  | "PAUSE"
  /** A canary went on to the whole fleet. */
  | "PROMOTE"
  /** The readiness attribute was set. */
  | "READY"
  /** ECS refused a start. */
  | "REFUSE"
  /** The daemon was registered. */
  | "REGISTER"
  /** The lifecycle hook of a container instance was completed. */
  | "RELEASE"
  /** The daemon is gone. */
  | "REMOVE"
  /** Once-tasks were asked to run again. */
  | "RERUN"
  /** It was resumed. */
  | "RESUME"
  /** It went back to an earlier revision. */
  | "ROLLBACK"
  /** A task was started. */
  | "START"
  /** A task was stopped. */
  | "STOP"
  /** A once-task ran to success. */
  | "SUCCEED"
  /** The outcome of a call is not known: ECS will be asked before the next start. */
  | "UNKNOWN"
  /** The readiness attribute was removed. */
  | "UNREADY"
  /** The daemon was changed. */
  | "UPDATE";

/** A daemon, by name. */
export type DaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Name of the daemon. */
  readonly name: string;
};

/** How tasks are started. */
export type DaemonLaunch =
  /** By RunTask, one call a container instance, which a client token makes repeatable. */
  | "RUN_TASK"
  /** By StartTask, ten container instances a call. */
  | "START_TASK";

/** What runs when. */
export type DaemonMode =
  /** One running task on each matching container instance. */
  | "ALWAYS"
  /** One task to completion on each matching container instance that registers, and on those that are there already. */
  | "ONCE_JOINED"
  /** One task to completion on each matching container instance that starts draining, before its daemons are stopped. */
  | "ONCE_LEAVING";

/** How a daemon stands as a whole. Derived, never stored. */
export type DaemonPhase =
  /** Every matching container instance has its task. */
  | "ACTIVE"
  /** Deregistered; its tasks are stopping. */
  | "DELETING"
  /** Tasks fail again and again. */
  | "FAILING"
  /** Paused by a person. */
  | "PAUSED"
  /** Tasks are being started or replaced. */
  | "ROLLING_OUT"
  /** Nothing has moved although something should. */
  | "STUCK";

/** What to remove. */
export type DeregisterDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Name of the daemon. */
  readonly name: string;
  /** Whether its tasks are stopped. Left running, they belong to nobody until a daemon of that name is registered again. */
  readonly stopTasks?: boolean | null | undefined;
};

/** A new daemon. */
export type RegisterDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** On a draining container instance daemons of a lower number stop first, equal ones together. -1000 to 1000. */
  readonly drainOrder?: number | null | undefined;
  /** How tasks are started. */
  readonly launch?: DaemonLaunch | null | undefined;
  /** What runs when. */
  readonly mode?: DaemonMode | null | undefined;
  /** 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit. */
  readonly name: string;
  /** Network configuration, as ECS takes it: awsvpc task definitions need one. */
  readonly networkConfiguration?: unknown;
  /** Task overrides, as ECS takes them. 8192 characters at most. */
  readonly overrides?: unknown;
  /** Register it without starting anything. */
  readonly paused?: boolean | null | undefined;
  /** Custom attribute to set on container instances whose daemons are all healthy, for placement constraints of services. */
  readonly readinessAttribute?: string | null | undefined;
  /** How changes reach the tasks. */
  readonly rollout?: RolloutInput | null | undefined;
  /** Cluster query language; left out or empty, every container instance. */
  readonly selector?: string | null | undefined;
  /** Tags for every task, 50 at most. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition: string;
};

/** Where tasks that run once are to run again. */
export type RerunDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Container instances, by ARN or id. */
  readonly containerInstances: ReadonlyArray<string>;
  /** Name of the daemon. */
  readonly name: string;
};

/** Where to go back to. */
export type RollbackDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Name of the daemon. */
  readonly name: string;
  /** Revision to go back to; when left out, the newest one before the current one that differs from it and was not taken back. */
  readonly toRevision?: number | null | undefined;
};

/** How a change of a daemon reaches its tasks. What is left out stays; a new daemon takes the defaults. */
export type RolloutInput = {
  /** Whether a revision that fails on most container instances that got it is taken back by itself; false by default. */
  readonly autoRollback?: boolean | null | undefined;
  /** Share of the container instances, in percent, that get a new revision before `promoteDaemon`. 0 to 100, 0 by default: no canary. */
  readonly canaryPercent?: number | null | undefined;
  /** Share of the container instances, in percent, that may have two tasks for a while. 1 to 100 with REPLACE_THEN_TERMINATE, 10 by default; one at least. */
  readonly maxOverPercent?: number | null | undefined;
  /** Order of stop and start; TERMINATE_THEN_REPLACE by default. */
  readonly method?: RolloutMethod | null | undefined;
  /** Share of the container instances, in percent, that keep a healthy task while others are replaced. 0 to 100, 90 by default; one at least is replaced at a time. */
  readonly minHealthyPercent?: number | null | undefined;
};

/** In which order a task is replaced by its next revision. */
export type RolloutMethod =
  /** The new task starts beside the old one, which stops when the new one is healthy. Where both do not fit (a fixed host port), the old one goes first if minHealthyPercent allows. */
  | "REPLACE_THEN_TERMINATE"
  /** The old task stops, then the new one starts. */
  | "TERMINATE_THEN_REPLACE";

/** A tag to put on every task. */
export type TagInput = {
  /** Key, 1 to 128 characters. */
  readonly key: string;
  /** Value, up to 256 characters. */
  readonly value: string;
};

/** A change of a daemon. What is left out stays as it is. */
export type UpdateDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** On a draining container instance daemons of a lower number stop first. */
  readonly drainOrder?: number | null | undefined;
  /** The revision that this change is based on; CONFLICT when the daemon has another one by now. */
  readonly expectedRevision?: number | null | undefined;
  /** How tasks are started from now on. */
  readonly launch?: DaemonLaunch | null | undefined;
  /** The mode that it has: another one is refused. */
  readonly mode?: DaemonMode | null | undefined;
  /** Name of the daemon. */
  readonly name: string;
  /** Network configuration, as ECS takes it. */
  readonly networkConfiguration?: unknown;
  /** Task overrides, as ECS takes them. */
  readonly overrides?: unknown;
  /** Whether starting and stopping is on hold. */
  readonly paused?: boolean | null | undefined;
  /** Custom attribute to set on container instances whose daemons are all healthy; empty for none. */
  readonly readinessAttribute?: string | null | undefined;
  /** How changes reach the tasks. */
  readonly rollout?: RolloutInput | null | undefined;
  /** Cluster query language; empty selects every container instance. */
  readonly selector?: string | null | undefined;
  /** Tags for every task. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition?: string | null | undefined;
};

export type Dashboard_HistoryQueryVariables = Exact<{
  cluster: string;
  minutes?: number | null | undefined;
}>;

export type Dashboard_HistoryQuery = {
  readonly cluster: {
    readonly history: ReadonlyArray<{
      readonly at: string;
      readonly starts: number;
      readonly stops: number;
      readonly failures: number;
      readonly eventLagMs: number | null;
      readonly eventLagP50Ms: number | null;
      readonly drift: number;
      readonly tasks: {
        readonly running: number;
        readonly pending: number;
        readonly stopping: number;
        readonly stopped: number;
      };
    }>;
  } | null;
};

export type Dashboard_DaemonEventsQueryVariables = Exact<{
  cluster: string;
  name: string;
  first?: number | null | undefined;
}>;

export type Dashboard_DaemonEventsQuery = {
  readonly daemon: {
    readonly events: ReadonlyArray<{
      readonly at: string;
      readonly type: DaemonEventType;
      readonly containerInstance: string | null;
      readonly task: string | null;
      readonly revision: number;
      readonly reason: string;
    }>;
  } | null;
};

export type Dashboard_DaemonQueryVariables = Exact<{
  cluster: string;
  name: string;
}>;

export type Dashboard_DaemonQuery = {
  readonly daemon: {
    readonly name: string;
    readonly mode: DaemonMode;
    readonly launch: DaemonLaunch;
    readonly paused: boolean;
    readonly drainOrder: number;
    readonly readinessAttribute: string | null;
    readonly revision: number;
    readonly stableRevision: number;
    readonly cluster: { readonly arn: string; readonly name: string };
    readonly rollout: {
      readonly method: RolloutMethod;
      readonly minHealthyPercent: number;
      readonly maxOverPercent: number;
      readonly canaryPercent: number;
      readonly autoRollback: boolean;
    };
    readonly revisions: ReadonlyArray<{
      readonly revision: number;
      readonly taskDefinition: string;
      readonly selector: string;
      readonly overrides: unknown;
      readonly networkConfiguration: unknown;
      readonly createdAt: string;
      readonly tags: ReadonlyArray<{ readonly key: string; readonly value: string }>;
    }>;
    readonly status: {
      readonly phase: DaemonPhase;
      readonly reason: string;
      readonly since: string | null;
      readonly desired: number;
      readonly running: number;
      readonly healthy: number;
      readonly updated: number;
      readonly outdated: number;
      readonly waiting: number;
      readonly failed: number;
      readonly succeeded: number;
    };
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly wave: number | null;
      readonly waveCount: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  } | null;
};

export type Dashboard_ExplainQueryVariables = Exact<{
  cluster: string;
  name: string;
  instance: string;
}>;

export type Dashboard_ExplainQuery = {
  readonly daemon: {
    readonly explain: {
      readonly placeable: boolean;
      readonly rules: ReadonlyArray<{
        readonly rule: string;
        readonly ok: boolean;
        readonly detail: string;
      }>;
    };
  } | null;
};

export type Dashboard_FormQueryVariables = Exact<{ [key: string]: never }>;

export type Dashboard_FormQuery = {
  readonly __type: {
    readonly inputFields: ReadonlyArray<{
      readonly name: string;
      readonly description: string | null;
      readonly type: {
        readonly inputFields: ReadonlyArray<{
          readonly name: string;
          readonly description: string | null;
          readonly type: {
            readonly enumValues: ReadonlyArray<{
              readonly name: string;
              readonly description: string | null;
            }> | null;
          };
        }> | null;
        readonly enumValues: ReadonlyArray<{
          readonly name: string;
          readonly description: string | null;
        }> | null;
      };
    }> | null;
  } | null;
};

export type ValuesFragment = {
  readonly enumValues: ReadonlyArray<{
    readonly name: string;
    readonly description: string | null;
  }> | null;
};

export type Dashboard_RegisterDaemonMutationVariables = Exact<{
  input: RegisterDaemonInput;
  dryRun?: boolean | null | undefined;
}>;

export type Dashboard_RegisterDaemonMutation = {
  readonly registerDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_UpdateDaemonMutationVariables = Exact<{
  input: UpdateDaemonInput;
  dryRun?: boolean | null | undefined;
}>;

export type Dashboard_UpdateDaemonMutation = {
  readonly updateDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_RollbackDaemonMutationVariables = Exact<{
  input: RollbackDaemonInput;
}>;

export type Dashboard_RollbackDaemonMutation = {
  readonly rollbackDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_PauseDaemonMutationVariables = Exact<{
  input: DaemonInput;
}>;

export type Dashboard_PauseDaemonMutation = {
  readonly pauseDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_ResumeDaemonMutationVariables = Exact<{
  input: DaemonInput;
}>;

export type Dashboard_ResumeDaemonMutation = {
  readonly resumeDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_PromoteDaemonMutationVariables = Exact<{
  input: DaemonInput;
}>;

export type Dashboard_PromoteDaemonMutation = {
  readonly promoteDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_RerunDaemonMutationVariables = Exact<{
  input: RerunDaemonInput;
}>;

export type Dashboard_RerunDaemonMutation = {
  readonly rerunDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_DeregisterDaemonMutationVariables = Exact<{
  input: DeregisterDaemonInput;
}>;

export type Dashboard_DeregisterDaemonMutation = {
  readonly deregisterDaemon: {
    readonly daemon: { readonly name: string; readonly revision: number } | null;
    readonly plan: {
      readonly start: ReadonlyArray<string>;
      readonly stop: ReadonlyArray<string>;
      readonly keep: ReadonlyArray<string>;
      readonly apiCalls: number;
      readonly skip: ReadonlyArray<{ readonly containerInstance: string; readonly reason: string }>;
      readonly waves: ReadonlyArray<{
        readonly start: ReadonlyArray<string>;
        readonly replace: ReadonlyArray<string>;
        readonly stop: ReadonlyArray<string>;
      }>;
    };
  };
};

export type Dashboard_PlacementsQueryVariables = Exact<{
  cluster: string;
  name: string;
  after?: string | null | undefined;
}>;

export type Dashboard_PlacementsQuery = {
  readonly daemon: {
    readonly placements: {
      readonly nodes: ReadonlyArray<{
        readonly state: string;
        readonly updated: boolean;
        readonly reason: string;
        readonly since: string | null;
        readonly attempts: number;
        readonly nextAttemptAt: string | null;
        readonly exitCode: number | null;
        readonly generation: number | null;
        readonly endedAt: string | null;
        readonly containerInstance: { readonly arn: string };
        readonly task: { readonly arn: string } | null;
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type Dashboard_ClusterQueryVariables = Exact<{
  cluster: string;
}>;

export type Dashboard_ClusterQuery = {
  readonly cluster: {
    readonly arn: string;
    readonly events: ReadonlyArray<{
      readonly id: string;
      readonly detailType: string;
      readonly eventType: string | null;
      readonly eventName: string | null;
      readonly reason: string | null;
      readonly resources: ReadonlyArray<string>;
      readonly at: string;
    }>;
  } | null;
};

export type Dashboard_CoverageQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_CoverageQuery = {
  readonly containerInstances: {
    readonly nodes: ReadonlyArray<{
      readonly arn: string;
      readonly daemons: ReadonlyArray<{ readonly name: string; readonly state: string }>;
    }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type Dashboard_ClusterChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_ClusterChangesSubscription = {
  readonly clusterChanges: {
    readonly type: ChangeType;
    readonly cursor: string;
    readonly cluster: {
      readonly arn: string;
      readonly name: string;
      readonly region: string;
      readonly account: string;
      readonly instanceCounts: {
        readonly total: number;
        readonly active: number;
        readonly draining: number;
        readonly agentDisconnected: number;
      };
      readonly taskCounts: {
        readonly total: number;
        readonly running: number;
        readonly pending: number;
        readonly stopped: number;
      };
      readonly freshness: {
        readonly lastEventAt: string | null;
        readonly eventLagMs: number | null;
        readonly eventLagP50Ms: number | null;
        readonly lastReconciledAt: string | null;
        readonly driftRepaired: number;
        readonly problem: string | null;
      };
    } | null;
  };
};

export type Dashboard_ClustersQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_ClustersQuery = {
  readonly clusters: {
    readonly changeCursor: string;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: ReadonlyArray<{
      readonly arn: string;
      readonly name: string;
      readonly region: string;
      readonly account: string;
      readonly instanceCounts: {
        readonly total: number;
        readonly active: number;
        readonly draining: number;
        readonly agentDisconnected: number;
      };
      readonly taskCounts: {
        readonly total: number;
        readonly running: number;
        readonly pending: number;
        readonly stopped: number;
      };
      readonly freshness: {
        readonly lastEventAt: string | null;
        readonly eventLagMs: number | null;
        readonly eventLagP50Ms: number | null;
        readonly lastReconciledAt: string | null;
        readonly driftRepaired: number;
        readonly problem: string | null;
      };
    }>;
  };
};

export type Dashboard_ContainerInstanceChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_ContainerInstanceChangesSubscription = {
  readonly containerInstanceChanges: {
    readonly type: ChangeType;
    readonly cursor: string;
    readonly containerInstance: {
      readonly arn: string;
      readonly id: string;
      readonly ec2InstanceId: string | null;
      readonly status: string;
      readonly statusSince: string | null;
      readonly statusReason: string | null;
      readonly agentConnected: boolean;
      readonly agentConnectedSince: string | null;
      readonly agentVersion: string | null;
      readonly availabilityZone: string | null;
      readonly instanceType: string | null;
      readonly capacityProvider: string | null;
      readonly registeredAt: string | null;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly registeredResources: ReadonlyArray<{
        readonly name: string;
        readonly value: string;
      }>;
      readonly remainingResources: ReadonlyArray<{ readonly name: string; readonly value: string }>;
    } | null;
  };
};

export type Dashboard_ContainerInstancesQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_ContainerInstancesQuery = {
  readonly containerInstances: {
    readonly changeCursor: string;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: ReadonlyArray<{
      readonly arn: string;
      readonly id: string;
      readonly ec2InstanceId: string | null;
      readonly status: string;
      readonly statusSince: string | null;
      readonly statusReason: string | null;
      readonly agentConnected: boolean;
      readonly agentConnectedSince: string | null;
      readonly agentVersion: string | null;
      readonly availabilityZone: string | null;
      readonly instanceType: string | null;
      readonly capacityProvider: string | null;
      readonly registeredAt: string | null;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly registeredResources: ReadonlyArray<{
        readonly name: string;
        readonly value: string;
      }>;
      readonly remainingResources: ReadonlyArray<{ readonly name: string; readonly value: string }>;
    }>;
  };
};

export type Dashboard_TaskChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_TaskChangesSubscription = {
  readonly taskChanges: {
    readonly type: ChangeType;
    readonly cursor: string;
    readonly task: {
      readonly arn: string;
      readonly id: string;
      readonly containerInstanceArn: string | null;
      readonly family: string;
      readonly group: string | null;
      readonly launchType: string | null;
      readonly lastStatus: string;
      readonly desiredStatus: string;
      readonly healthStatus: string | null;
      readonly stopCode: string | null;
      readonly stoppedReason: string | null;
      readonly createdAt: string | null;
      readonly startedAt: string | null;
      readonly stoppingAt: string | null;
      readonly stoppedAt: string | null;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly daemon: { readonly name: string } | null;
      readonly containers: ReadonlyArray<{
        readonly name: string;
        readonly healthStatus: string | null;
        readonly exitCode: number | null;
      }>;
    } | null;
  };
};

export type Dashboard_TasksQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_TasksQuery = {
  readonly tasks: {
    readonly changeCursor: string;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: ReadonlyArray<{
      readonly arn: string;
      readonly id: string;
      readonly containerInstanceArn: string | null;
      readonly family: string;
      readonly group: string | null;
      readonly launchType: string | null;
      readonly lastStatus: string;
      readonly desiredStatus: string;
      readonly healthStatus: string | null;
      readonly stopCode: string | null;
      readonly stoppedReason: string | null;
      readonly createdAt: string | null;
      readonly startedAt: string | null;
      readonly stoppingAt: string | null;
      readonly stoppedAt: string | null;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly daemon: { readonly name: string } | null;
      readonly containers: ReadonlyArray<{
        readonly name: string;
        readonly healthStatus: string | null;
        readonly exitCode: number | null;
      }>;
    }>;
  };
};

export type Dashboard_DaemonChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_DaemonChangesSubscription = {
  readonly daemonChanges: {
    readonly type: ChangeType;
    readonly cursor: string;
    readonly daemon: {
      readonly name: string;
      readonly mode: DaemonMode;
      readonly paused: boolean;
      readonly revision: number;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly status: {
        readonly phase: DaemonPhase;
        readonly reason: string;
        readonly since: string | null;
        readonly desired: number;
        readonly running: number;
        readonly healthy: number;
        readonly updated: number;
        readonly waiting: number;
        readonly failed: number;
      };
    } | null;
  };
};

export type Dashboard_DaemonsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_DaemonsQuery = {
  readonly daemons: {
    readonly changeCursor: string;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: ReadonlyArray<{
      readonly name: string;
      readonly mode: DaemonMode;
      readonly paused: boolean;
      readonly revision: number;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly status: {
        readonly phase: DaemonPhase;
        readonly reason: string;
        readonly since: string | null;
        readonly desired: number;
        readonly running: number;
        readonly healthy: number;
        readonly updated: number;
        readonly waiting: number;
        readonly failed: number;
      };
    }>;
  };
};

export type Dashboard_EndpointChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_EndpointChangesSubscription = {
  readonly endpointChanges: {
    readonly type: ChangeType;
    readonly cursor: string;
    readonly endpoint: {
      readonly id: string;
      readonly container: string;
      readonly host: string;
      readonly port: number;
      readonly protocol: string;
      readonly containerPort: number;
      readonly availabilityZone: string | null;
      readonly healthy: boolean;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly task: { readonly arn: string };
    } | null;
  };
};

export type Dashboard_EndpointsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type Dashboard_EndpointsQuery = {
  readonly endpoints: {
    readonly changeCursor: string;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: ReadonlyArray<{
      readonly id: string;
      readonly container: string;
      readonly host: string;
      readonly port: number;
      readonly protocol: string;
      readonly containerPort: number;
      readonly availabilityZone: string | null;
      readonly healthy: boolean;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly task: { readonly arn: string };
    }>;
  };
};

export type Dashboard_ExpressionQueryVariables = Exact<{
  cluster?: string | null | undefined;
  expression: string;
  after?: string | null | undefined;
}>;

export type Dashboard_ExpressionQuery = {
  readonly containerInstances: {
    readonly nodes: ReadonlyArray<{ readonly arn: string }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type Dashboard_FreshnessQueryVariables = Exact<{ [key: string]: never }>;

export type Dashboard_FreshnessQuery = {
  readonly clusters: {
    readonly nodes: ReadonlyArray<{
      readonly arn: string;
      readonly freshness: {
        readonly lastEventAt: string | null;
        readonly eventLagMs: number | null;
        readonly eventLagP50Ms: number | null;
        readonly lastReconciledAt: string | null;
        readonly driftRepaired: number;
        readonly problem: string | null;
      };
    }>;
  };
  readonly queues: ReadonlyArray<{
    readonly name: string;
    readonly visible: number;
    readonly oldestMessageAgeMs: number;
    readonly seenAt: string;
  }>;
  readonly ingestWorkers: ReadonlyArray<{ readonly seenAt: string; readonly reconcileMs: number }>;
};

export type Dashboard_InstanceQueryVariables = Exact<{
  arn: string;
}>;

export type Dashboard_InstanceQuery = {
  readonly containerInstance: {
    readonly arn: string;
    readonly id: string;
    readonly ec2InstanceId: string | null;
    readonly status: string;
    readonly statusSince: string | null;
    readonly statusReason: string | null;
    readonly agentConnected: boolean;
    readonly agentConnectedSince: string | null;
    readonly agentVersion: string | null;
    readonly dockerVersion: string | null;
    readonly availabilityZone: string | null;
    readonly instanceType: string | null;
    readonly capacityProvider: string | null;
    readonly privateIpAddress: string | null;
    readonly registeredAt: string | null;
    readonly version: string;
    readonly cluster: { readonly arn: string; readonly name: string };
    readonly registeredResources: ReadonlyArray<{
      readonly name: string;
      readonly type: string;
      readonly value: string;
    }>;
    readonly remainingResources: ReadonlyArray<{
      readonly name: string;
      readonly type: string;
      readonly value: string;
    }>;
    readonly attributes: ReadonlyArray<{ readonly name: string; readonly value: string | null }>;
    readonly daemons: ReadonlyArray<{
      readonly name: string;
      readonly state: string;
      readonly reason: string;
      readonly since: string | null;
    }>;
  } | null;
};

export type Dashboard_StoppedQueryVariables = Exact<{
  cluster?: string | null | undefined;
  after?: string | null | undefined;
}>;

export type Dashboard_StoppedQuery = {
  readonly tasks: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: ReadonlyArray<{
      readonly arn: string;
      readonly id: string;
      readonly containerInstanceArn: string | null;
      readonly family: string;
      readonly group: string | null;
      readonly launchType: string | null;
      readonly lastStatus: string;
      readonly desiredStatus: string;
      readonly healthStatus: string | null;
      readonly stopCode: string | null;
      readonly stoppedReason: string | null;
      readonly createdAt: string | null;
      readonly startedAt: string | null;
      readonly stoppingAt: string | null;
      readonly stoppedAt: string | null;
      readonly cluster: { readonly arn: string; readonly name: string };
      readonly daemon: { readonly name: string } | null;
      readonly containers: ReadonlyArray<{
        readonly name: string;
        readonly healthStatus: string | null;
        readonly exitCode: number | null;
        readonly image: string | null;
        readonly reason: string | null;
      }>;
    }>;
  };
};

export type Dashboard_TaskQueryVariables = Exact<{
  arn: string;
}>;

export type Dashboard_TaskQuery = {
  readonly task: {
    readonly arn: string;
    readonly id: string;
    readonly containerInstanceArn: string | null;
    readonly taskDefinitionArn: string;
    readonly family: string;
    readonly group: string | null;
    readonly startedBy: string | null;
    readonly launchType: string | null;
    readonly capacityProvider: string | null;
    readonly availabilityZone: string | null;
    readonly cpu: string | null;
    readonly memory: string | null;
    readonly lastStatus: string;
    readonly desiredStatus: string;
    readonly healthStatus: string | null;
    readonly stopCode: string | null;
    readonly stoppedReason: string | null;
    readonly createdAt: string | null;
    readonly startedAt: string | null;
    readonly stoppingAt: string | null;
    readonly stoppedAt: string | null;
    readonly version: string;
    readonly cluster: { readonly arn: string; readonly name: string };
    readonly containerInstance: {
      readonly arn: string;
      readonly ec2InstanceId: string | null;
    } | null;
    readonly tags: ReadonlyArray<{ readonly key: string; readonly value: string }>;
    readonly daemon: { readonly name: string } | null;
    readonly containers: ReadonlyArray<{
      readonly arn: string;
      readonly name: string;
      readonly image: string | null;
      readonly lastStatus: string;
      readonly exitCode: number | null;
      readonly reason: string | null;
      readonly healthStatus: string | null;
      readonly networkBindings: ReadonlyArray<{
        readonly bindIP: string | null;
        readonly containerPort: number | null;
        readonly hostPort: number | null;
        readonly containerPortRange: string | null;
        readonly hostPortRange: string | null;
        readonly protocol: string;
      }>;
    }>;
    readonly endpoints: ReadonlyArray<{
      readonly id: string;
      readonly container: string;
      readonly host: string;
      readonly port: number;
      readonly protocol: string;
      readonly containerPort: number;
      readonly healthy: boolean;
    }>;
    readonly timeline: ReadonlyArray<{ readonly lastStatus: string; readonly at: string }>;
  } | null;
};

export type Dashboard_ViewerQueryVariables = Exact<{ [key: string]: never }>;

export type Dashboard_ViewerQuery = { readonly viewer: { readonly mayChange: boolean } };
