// ContainerInstance: one line a field, from the entity.
import { planInputOf, shownPlan } from "../../changes/daemon-input.ts";
import { stateSince } from "../../daemon/since.ts";
import { placementState } from "../../daemon/status.ts";
import { arnId, clusterName } from "../../ecs/arn.ts";
import { attributeValue, isInactive } from "../../ecs/container-instance.ts";
import type { Resource } from "../../ecs/container-instance.ts";
import type { ContainerInstanceResolvers } from "../generated/schema-types.ts";
import { isoTime } from "../scalars.ts";
import { tasksOnInstance } from "./pages.ts";

const shownResource = ({ name, type, value }: Resource) => ({
  name,
  type,
  value: typeof value === "number" ? String(value) : value.join(","),
});

export const containerInstanceResolvers: ContainerInstanceResolvers = {
  id: ({ arn }) => arnId(arn),
  cluster: ({ clusterArn }) => ({ arn: clusterArn, name: clusterName(clusterArn) }),
  availabilityZone: (instance) => attributeValue(instance, "ecs.availability-zone") ?? null,
  instanceType: (instance) => attributeValue(instance, "ecs.instance-type") ?? null,
  statusSince: ({ statusSince }) => isoTime(statusSince),
  agentConnectedSince: ({ agentConnectedSince }) => isoTime(agentConnectedSince),
  registeredAt: ({ registeredAt }) => isoTime(registeredAt),
  registeredResources: ({ registeredResources }) => registeredResources.map(shownResource),
  remainingResources: ({ remainingResources }) => remainingResources.map(shownResource),
  attributes: ({ attributes }) =>
    attributes.map(({ name, value }) => ({ name, value: value ?? null })),
  tasks: (instance, args, context) => tasksOnInstance(context, instance, args.filter, args),
  daemons: (instance, _, { informer, clock }) => {
    const view = informer.views.get(instance.clusterArn);
    if (!view || isInactive(instance)) return [];
    return [...view.daemons.values()].flatMap((daemon) => {
      const input = planInputOf(view, daemon, clock.now(), [instance]);
      const [verdict] = shownPlan(view, input).verdicts;
      if (!verdict || (!verdict.desired && !verdict.task)) return [];
      const state = placementState(verdict);
      const placement = input.placements.get(arnId(instance.arn));
      const since = isoTime(stateSince(daemon, verdict, state, placement));
      return [{ name: daemon.name, state, reason: verdict.reason, since }];
    });
  },
};
