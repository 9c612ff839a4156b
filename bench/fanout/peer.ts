// What others would build: a server that forwards messages of a Redis channel to every WebSocket. `raw` sends each
// message to each socket by itself, `joined` writes those of a tick at once, `graphql-ws` runs a subscription for each.
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { useServer } from "graphql-ws/use/ws";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";

const [mode = "", redisUrl = ""] = process.argv.slice(2);
const server = createServer();
const wss = new WebSocketServer({ noServer: true });
const networks = new Map<WebSocket, Socket>();
server.on("upgrade", (request, socket, head) =>
  wss.handleUpgrade(request, socket, head, (client) => {
    networks.set(client, request.socket);
    client.once("close", () => networks.delete(client));
    wss.emit("connection", client, request);
  }),
);

let waiting: string[] = [];
const listeners = new Set<(message: string) => void>();

function flush(): void {
  const messages = waiting;
  waiting = [];
  for (const [client, network] of networks) {
    network.cork();
    for (const message of messages) client.send(message);
    network.uncork();
  }
}

const receivers: Readonly<Record<string, (message: string) => void>> = {
  raw: (message) => {
    for (const client of networks.keys()) client.send(message);
  },
  joined: (message) => {
    if (waiting.push(message) === 1) setImmediate(flush);
  },
  "graphql-ws": (message) => {
    for (const listener of listeners) listener(message);
  },
};

/** A queue of messages for one subscriber, as pub/sub packages have it. */
function follow(): AsyncGenerator<{ taskChanges: unknown }> {
  const queue: unknown[] = [{ type: "SYNCED", cursor: "", task: null }];
  let wake = () => {};
  const listener = (message: string) => {
    queue.push(JSON.parse(message).payload.data.taskChanges);
    wake();
  };
  listeners.add(listener);
  return (async function* items() {
    try {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          yield { taskChanges: next };
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      listeners.delete(listener);
    }
  })();
}

if (mode === "graphql-ws")
  useServer(
    {
      schema: makeExecutableSchema({
        typeDefs: `type Query { a: Int }
          type Task { arn: ID! version: String! lastStatus: String! family: String group: String stoppedReason: String }
          type TaskChange { type: String! cursor: String! task: Task }
          input TaskFilter { group: String }
          type Subscription { taskChanges(filter: TaskFilter, snapshot: Boolean): TaskChange! }`,
        resolvers: { Subscription: { taskChanges: { subscribe: follow } } },
      }),
    },
    wss,
  );

const redis = new Redis(redisUrl.replace("unix://", ""));
await redis.subscribe("bench");
redis.on("message", (_, message: string) => receivers[mode]?.(message));
server.listen(0, "127.0.0.1", 4096, () => {
  const address: string | AddressInfo | null = server.address();
  process.send?.(typeof address === "object" ? address?.port : 0);
});
