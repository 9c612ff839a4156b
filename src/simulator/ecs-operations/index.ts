// Every ECS call that the simulator answers, by name, with the family whose request rate it counts against.
import {
  createClusterOperation,
  deleteCluster,
  describeClusters,
  listClusters,
} from "./clusters.ts";
import {
  deleteAttributes,
  deregisterContainerInstance,
  describeContainerInstances,
  listAttributes,
  listContainerInstances,
  putAttributes,
  registerContainerInstance,
  updateContainerInstancesState,
} from "./container-instances.ts";
import type { Operation } from "./request.ts";
import { runTask } from "./run-task.ts";
import {
  createServiceOperation,
  deleteServiceOperation,
  describeServices,
  listServices,
  updateService,
} from "./services.ts";
import {
  deregisterTaskDefinition,
  describeTaskDefinition,
  listTaskDefinitions,
  registerTaskDefinition,
} from "./task-definitions.ts";
import { describeTasks, listTasks, startTask, stopTaskOperation } from "./tasks.ts";
import type { CallFamily } from "../throttle.ts";

export interface EcsCall {
  readonly family: CallFamily;
  readonly operation: Operation;
}

const call = (family: CallFamily, operation: Operation): EcsCall => ({ family, operation });

export const ecsCalls: ReadonlyMap<string, EcsCall> = new Map([
  ["ListClusters", call("clusterReads", listClusters)],
  ["DescribeClusters", call("clusterReads", describeClusters)],
  ["CreateCluster", call("clusterWrites", createClusterOperation)],
  ["DeleteCluster", call("clusterWrites", deleteCluster)],
  ["ListContainerInstances", call("resourceReads", listContainerInstances)],
  ["DescribeContainerInstances", call("resourceReads", describeContainerInstances)],
  ["ListAttributes", call("resourceReads", listAttributes)],
  ["ListTasks", call("resourceReads", listTasks)],
  ["DescribeTasks", call("resourceReads", describeTasks)],
  ["RegisterContainerInstance", call("agentWrites", registerContainerInstance)],
  ["DeregisterContainerInstance", call("resourceWrites", deregisterContainerInstance)],
  ["UpdateContainerInstancesState", call("resourceWrites", updateContainerInstancesState)],
  ["PutAttributes", call("resourceWrites", putAttributes)],
  ["DeleteAttributes", call("resourceWrites", deleteAttributes)],
  ["StartTask", call("resourceWrites", startTask)],
  ["RunTask", call("resourceWrites", runTask)],
  ["StopTask", call("resourceWrites", stopTaskOperation)],
  ["DescribeTaskDefinition", call("definitionReads", describeTaskDefinition)],
  ["ListTaskDefinitions", call("definitionReads", listTaskDefinitions)],
  ["RegisterTaskDefinition", call("definitionWrites", registerTaskDefinition)],
  ["DeregisterTaskDefinition", call("definitionWrites", deregisterTaskDefinition)],
  ["CreateService", call("serviceWrites", createServiceOperation)],
  ["UpdateService", call("serviceWrites", updateService)],
  ["DeleteService", call("serviceWrites", deleteServiceOperation)],
  ["DescribeServices", call("serviceReads", describeServices)],
  ["ListServices", call("serviceReads", listServices)],
]);
