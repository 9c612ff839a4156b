// Subscription: a filter becomes a stream of changes. Payloads carry entities; fields resolve as in queries.
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { decodeCursor } from "../../changes/cursor.ts";
import type { Cursor } from "../../changes/cursor.ts";
import { CursorExpired, TooSlow, streamChanges, transition } from "../../changes/stream.ts";
import type { StreamItem, StreamOptions } from "../../changes/stream.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { parseLaunchMark } from "../../daemon/daemon.ts";
import { daemonOfKey } from "../../daemon/placement.ts";
import type { ClusterArn } from "../../ecs/arn.ts";
import type { ContainerInstance } from "../../ecs/container-instance.ts";
import type { Endpoint } from "../../ecs/endpoint.ts";
import type { Task } from "../../ecs/task.ts";
import type { Context } from "../context.ts";
import { clientError } from "../errors.ts";
import type { EndpointFilter, SubscriptionResolvers } from "../generated/schema-types.ts";
import type { ClusterSource } from "../mappers.ts";
import { findCluster, instanceMatcher, taskMatcher } from "../select.ts";
import { instanceCounts, taskCounts } from "./cluster.ts";
import { daemonStatus } from "./daemon.ts";
import { endpointMatcher, toEndpoint } from "./endpoint.ts";

interface StreamArguments {
  readonly after?: string | null | undefined;
  readonly snapshot?: boolean | null | undefined;
}

function readCursor({ after }: StreamArguments): Cursor | "snapshot" | undefined {
  if (after === undefined || after === null) return undefined;
  const cursor = decodeCursor(after);
  if (!cursor)
    throw clientError(
      "BAD_USER_INPUT",
      "after is no cursor: pass one that a change or a changeCursor gave.",
    );
  return cursor;
}

/** Scope of a filter's cluster. A name may come to be known only later, so it is asked again for each cluster. */
function coverage(
  context: Context,
  cluster: string | null | undefined,
): (arn: ClusterArn) => boolean {
  if (cluster === undefined || cluster === null) return () => true;
  findCluster(context.informer, cluster);
  return (arn) => arn === cluster || arn.endsWith(`:cluster/${cluster}`);
}

/** A stream as payloads `{ [field]: { type, cursor, ... } }`; an expired cursor becomes its error. */
function payloads<Entity, Payload>(
  open: () => AsyncGenerator<StreamItem<Entity>>,
  toPayload: (item: StreamItem<Entity>) => Payload,
): AsyncIterableIterator<Payload> {
  const items = open();
  return {
    next: async () => {
      try {
        const { done, value } = await items.next();
        return done ? { done, value: undefined } : { done: false, value: toPayload(value) };
      } catch (error) {
        if (error instanceof CursorExpired)
          throw clientError(
            "CURSOR_EXPIRED",
            `${error.message}: subscribe again with snapshot: true.`,
          );
        if (error instanceof TooSlow)
          throw clientError(
            "RATE_LIMITED",
            `${error.message}: resume with the last cursor as after.`,
          );
        throw error;
      }
    },
    return: async () => {
      await items.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function stream<Entity>(
  context: Context,
  args: StreamArguments,
  cluster: string | null | undefined,
  rest: Pick<StreamOptions<Entity>, "present" | "effects" | "gone">,
): () => AsyncGenerator<StreamItem<Entity>> {
  const options: StreamOptions<Entity> = {
    informer: context.informer,
    covers: coverage(context, cluster),
    after: readCursor(args),
    snapshot: args.snapshot ?? false,
    ...rest,
  };
  return () => streamChanges(options);
}

const asTask = (entity: Change["after"]) => (entity?.kind === "task" ? entity : undefined);
const asInstance = (entity: Change["after"]) =>
  entity?.kind === "containerInstance" ? entity : undefined;

function endpointStream(
  context: Context,
  filter: EndpointFilter | null | undefined,
  args: StreamArguments,
): () => AsyncGenerator<StreamItem<Endpoint>> {
  context.informer.followEndpoints();
  const matches = endpointMatcher(filter);
  return stream<Endpoint>(context, args, filter?.cluster, {
    present: (view) => [...view.endpoints.values()].filter(matches),
    effects: ({ endpoints = [] }) =>
      endpoints.flatMap(({ before, after }) => transition(before, after, matches)),
  });
}

/** Daemons that a change concerns: its own record, or the tasks, instances and placements that its status counts. */
function daemonsOfChange({ kind, id, before, after }: Change, view: ClusterView): Daemon[] {
  if (kind === "i") return [...view.daemons.values()];
  if (kind === "p") {
    const daemon = view.daemons.get(daemonOfKey(id));
    return daemon ? [daemon] : [];
  }
  const mark = parseLaunchMark((asTask(after) ?? asTask(before))?.startedBy);
  const daemon = mark && view.daemonWithId(mark.daemonId);
  return daemon ? [daemon] : [];
}

function daemonStream(
  context: Context,
  {
    cluster,
    name,
    ...args
  }: StreamArguments & {
    readonly cluster?: string | null | undefined;
    readonly name?: string | null | undefined;
  },
): () => AsyncGenerator<StreamItem<Daemon>> {
  const wanted = (daemon: Daemon) => name === undefined || name === null || daemon.name === name;
  /** What was sent last of each daemon: a change that alters neither definition nor status is no news. */
  const sent = new Map<string, string>();
  const isNews = (daemon: Daemon): boolean => {
    const key = `${daemon.clusterArn} ${daemon.name}`;
    const shown = JSON.stringify([daemon, daemonStatus(context, daemon)]);
    if (sent.get(key) === shown) return false;
    sent.set(key, shown);
    return true;
  };
  return stream<Daemon>(context, args, cluster, {
    present: (view) =>
      [...view.daemons.values()].filter((daemon) => wanted(daemon) && (isNews(daemon), true)),
    effects: (change, view) => {
      if (change.kind === "d") {
        const before = change.before?.kind === "daemon" ? change.before : undefined;
        const after = change.after?.kind === "daemon" ? change.after : undefined;
        if (after) isNews(after);
        return transition(before, after, wanted);
      }
      return daemonsOfChange(change, view)
        .filter((daemon) => wanted(daemon) && isNews(daemon))
        .map((entity) => ({ type: "MODIFIED", entity }));
    },
  });
}

function clusterStream(
  context: Context,
  args: StreamArguments,
): () => AsyncGenerator<StreamItem<ClusterSource>> {
  const sent = new Map<ClusterArn, string>();
  const isNews = (view: ClusterView): boolean => {
    const shown = JSON.stringify([instanceCounts(view), taskCounts(view), view.daemons.size]);
    if (sent.get(view.arn) === shown) return false;
    sent.set(view.arn, shown);
    return true;
  };
  return stream<ClusterSource>(context, args, undefined, {
    present: (view) => {
      isNews(view);
      return [{ view }];
    },
    effects: (_, view) => (isNews(view) ? [{ type: "MODIFIED", entity: { view } }] : []),
    gone: (view) => {
      sent.delete(view.arn);
      return [{ type: "REMOVED", entity: { view } }];
    },
  });
}

export const subscriptionResolvers: SubscriptionResolvers = {
  taskChanges: {
    subscribe: (_, args, context) => {
      const matches = taskMatcher(args.filter);
      const source = stream<Task>(context, args, args.filter?.cluster, {
        present: (view) => [...view.tasks.values()].filter((task) => matches(task, view)),
        effects: ({ before, after }, view) =>
          transition(asTask(before), asTask(after), (task) => matches(task, view)),
      });
      return payloads(source, ({ type, cursor, entity }) => ({
        taskChanges: { type, cursor, task: entity ?? null },
      }));
    },
  },
  containerInstanceChanges: {
    subscribe: (_, args, context) => {
      const matches = instanceMatcher(args.filter);
      const source = stream<ContainerInstance>(context, args, args.filter?.cluster, {
        present: (view) => [...view.instances.values()].filter((each) => matches(each, view)),
        effects: ({ before, after }, view) =>
          transition(asInstance(before), asInstance(after), (each) => matches(each, view)),
      });
      return payloads(source, ({ type, cursor, entity }) => ({
        containerInstanceChanges: { type, cursor, containerInstance: entity ?? null },
      }));
    },
  },
  endpointChanges: {
    subscribe: (_, args, context) =>
      payloads(endpointStream(context, args.filter, args), ({ type, cursor, entity }) => ({
        endpointChanges: { type, cursor, endpoint: entity ? toEndpoint(entity) : null },
      })),
  },
  daemonChanges: {
    subscribe: (_, args, context) =>
      payloads(daemonStream(context, args), ({ type, cursor, entity }) => ({
        daemonChanges: { type, cursor, daemon: entity ?? null },
      })),
  },
  clusterChanges: {
    subscribe: (_, args, context) =>
      payloads(clusterStream(context, args), ({ type, cursor, entity }) => ({
        clusterChanges: { type, cursor, cluster: entity ?? null },
      })),
  },
};
