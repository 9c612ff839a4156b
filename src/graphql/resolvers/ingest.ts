// How ingest is doing, and the messages that it could not understand. Facts of the workers, from Redis; the API only
// asks for a message to be read again, reading it is ingest's.
import type { QueueFacts, QuarantinedMessage, WorkerFacts } from "../../store/store.ts";
import { clientError } from "../errors.ts";
import type {
  IngestWorker,
  MutationResolvers,
  QuarantinedMessageResolvers,
  QueryResolvers,
  Queue,
} from "../generated/schema-types.ts";
import { requireAdmin } from "../rights.ts";
import { isoTime } from "../scalars.ts";

const pageMax = 1000;
const pageByDefault = 100;

function toQueue({ at, ...facts }: QueueFacts): Queue {
  return { ...facts, seenAt: isoTime(at) };
}

function toWorker(facts: WorkerFacts): IngestWorker {
  const { at, startedAt, ignored, stores, storingMs } = facts;
  return {
    ...facts,
    startedAt: isoTime(startedAt),
    seenAt: isoTime(at),
    ignored: Object.entries(ignored).map(([kind, count]) => ({ kind, count })),
    storeMs: stores === 0 ? null : storingMs / stores,
  };
}

export const ingestQueries: Pick<QueryResolvers, "queues" | "ingestWorkers" | "quarantine"> = {
  queues: async (_, __, { store }) => (await store.queues()).map(toQueue),
  ingestWorkers: async (_, __, { store }) => (await store.workers()).map(toWorker),
  quarantine: async (_, { first }, { store }) => {
    const wanted = first ?? pageByDefault;
    if (wanted < 0 || wanted > pageMax)
      throw clientError("BAD_USER_INPUT", `first takes 0 to ${pageMax}, and not ${wanted}.`);
    return { nodes: await store.quarantined(wanted), totalCount: await store.quarantinedCount() };
  },
};

export const quarantinedMessageResolvers: QuarantinedMessageResolvers = {
  // A body may carry what a container is told in secret.
  body: ({ body }, _, context) => {
    requireAdmin(context);
    return body;
  },
  replayable: ({ isWhole }: QuarantinedMessage) => isWhole,
  at: ({ at }) => isoTime(at),
  replayedAt: ({ replayedAt }) => isoTime(replayedAt),
};

type Mutations = Pick<MutationResolvers, "replayQuarantined" | "discardQuarantined">;

function outcome(asked: readonly string[], done: readonly string[]) {
  const known = new Set(done);
  return { messageIds: done, skipped: asked.filter((id) => !known.has(id)) };
}

function checkCount(messageIds: readonly string[]): void {
  if (messageIds.length > pageMax)
    throw clientError("BAD_USER_INPUT", `messageIds takes ${pageMax} at the most.`);
}

export const ingestMutations: Mutations = {
  replayQuarantined: async (_, { messageIds }, context) => {
    requireAdmin(context);
    checkCount(messageIds);
    return outcome(messageIds, await context.store.askForReplay(messageIds));
  },
  discardQuarantined: async (_, { messageIds }, context) => {
    requireAdmin(context);
    checkCount(messageIds);
    return outcome(messageIds, await context.store.removeQuarantined(messageIds));
  },
};
