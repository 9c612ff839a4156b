// The quarantine in Redis: messages that nobody could read, whole, for people to look at and to have read again.
// The API only asks for that; reading is ingest's.
import { isObject, number, text } from "../ecs/json.ts";
import type { Connection } from "./connection.ts";
import { quarantineKeys } from "./keys.ts";
import { runScript, scripts } from "./scripts.ts";
import type { Quarantine, QuarantinedMessage } from "./store.ts";

const messagesMax = 1000;
const bytesMax = 32 * 1024 * 1024;
/** EventBridge sends at most 256 KB: what is longer by far is no event, and its beginning says what it is. */
const bodyMax = 600_000;

const keys = [
  quarantineKeys.messages,
  quarantineKeys.order,
  quarantineKeys.bytes,
  quarantineKeys.replays,
];

function readQuarantined(json: string): QuarantinedMessage {
  const message: unknown = JSON.parse(json);
  if (!isObject(message)) throw new Error("not a quarantined message");
  return {
    messageId: text(message, "messageId") ?? "",
    reason: text(message, "reason") ?? "",
    body: text(message, "body") ?? "",
    isWhole: message["isWhole"] === true,
    at: number(message, "at") ?? 0,
    replayedAt: number(message, "replayedAt"),
  };
}

export function quarantine({ redis }: Connection): Quarantine {
  async function byIds(ids: readonly string[]): Promise<QuarantinedMessage[]> {
    if (ids.length === 0) return [];
    const found = await redis.hmget(quarantineKeys.messages, ...ids);
    return found.flatMap((json) => (json === null ? [] : readQuarantined(json)));
  }
  return {
    quarantine: async ({ body, ...message }) => {
      const kept: QuarantinedMessage = {
        ...message,
        body: body.slice(0, bodyMax),
        isWhole: body.length <= bodyMax,
      };
      const isNew = await runScript(redis, scripts.putQuarantined, keys, [
        messagesMax,
        bytesMax,
        message.messageId,
        message.at,
        JSON.stringify(kept),
      ]);
      return Number(isNew) === 1;
    },
    quarantined: async (limit) =>
      limit <= 0 ? [] : byIds(await redis.zrevrange(quarantineKeys.order, 0, limit - 1)),
    quarantinedCount: () => redis.zcard(quarantineKeys.order),
    removeQuarantined: async (ids) => {
      if (ids.length === 0) return [];
      const removed = await runScript(redis, scripts.removeQuarantined, keys, ids);
      return Array.isArray(removed) ? removed.map(String) : [];
    },
    askForReplay: async (ids) => {
      const whole = (await byIds(ids)).filter(({ isWhole }) => isWhole);
      const asked = whole.map(({ messageId }) => messageId);
      if (asked.length > 0) await redis.sadd(quarantineKeys.replays, ...asked);
      return asked;
    },
    replaysAsked: async (limit) => {
      const ids = await redis.srandmember(quarantineKeys.replays, limit);
      const found = await byIds(ids);
      const known = new Set(found.map(({ messageId }) => messageId));
      const gone = ids.filter((id) => !known.has(id));
      if (gone.length > 0) await redis.srem(quarantineKeys.replays, ...gone);
      return found;
    },
  };
}
