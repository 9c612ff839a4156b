// How often ECS may be called: its classes of calls with the rates it publishes, and the port that every caller takes
// a token from. Pure: keeps no count itself.

/** Calls that share one of ECS's token buckets, per account and region. */
export const callClasses = [
  "clusterReads",
  "taskDefinitionReads",
  "resourceReads",
  "resourceWrites",
] as const;
export type CallClass = (typeof callClasses)[number];

/** A token bucket: `burst` calls at once, refilled by `perSecond`. */
export interface CallRate {
  readonly burst: number;
  readonly perSecond: number;
}

export type CallRates = Readonly<Record<CallClass, CallRate>>;

/** What ECS allows an account in one region (Developer Guide, request throttling). */
export const publishedRates: CallRates = {
  clusterReads: { burst: 50, perSecond: 20 },
  taskDefinitionReads: { burst: 50, perSecond: 20 },
  resourceReads: { burst: 100, perSecond: 20 },
  resourceWrites: { burst: 100, perSecond: 40 },
};

export function scaleRates(rates: CallRates, factor: number): CallRates {
  const scaled = (callClass: CallClass): CallRate => ({
    burst: rates[callClass].burst * factor,
    perSecond: rates[callClass].perSecond * factor,
  });
  return {
    clusterReads: scaled("clusterReads"),
    taskDefinitionReads: scaled("taskDefinitionReads"),
    resourceReads: scaled("resourceReads"),
    resourceWrites: scaled("resourceWrites"),
  };
}

/** Whose buckets: ECS counts per account and region. */
export interface BudgetScope {
  readonly account: string;
  readonly region: string;
}

/** One bucket, as a caller has it. */
export interface CallBudget {
  /** Resolves when one more call may be made, first come first served. Rejects with its reason when `signal` aborts. */
  take(signal?: AbortSignal): Promise<void>;
  /** ECS said ThrottlingException: somebody else calls too, so everybody slows down for a while. Never throws. */
  throttled(): void;
}

export interface ApiBudget {
  of(scope: BudgetScope, callClass: CallClass): CallBudget;
}

const classOfOperation: Readonly<Record<string, CallClass>> = {
  ListClusters: "clusterReads",
  DescribeClusters: "clusterReads",
  DescribeTaskDefinition: "taskDefinitionReads",
  ListTaskDefinitions: "taskDefinitionReads",
  ListContainerInstances: "resourceReads",
  DescribeContainerInstances: "resourceReads",
  ListTasks: "resourceReads",
  DescribeTasks: "resourceReads",
  ListAttributes: "resourceReads",
  RunTask: "resourceWrites",
  StartTask: "resourceWrites",
  StopTask: "resourceWrites",
  PutAttributes: "resourceWrites",
  DeleteAttributes: "resourceWrites",
  UpdateContainerInstancesState: "resourceWrites",
};

/** The class of an ECS operation; undefined for one that Longshore does not know the rate of. */
export function callClassOf(operation: string): CallClass | undefined {
  return classOfOperation[operation];
}
