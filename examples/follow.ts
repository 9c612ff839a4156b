// Follows tasks with the graphql-ws client and never loses one: every reconnection goes on behind the last cursor.
//   LONGSHORE_URL=http://127.0.0.1:4000 [LONGSHORE_TOKEN=...] node examples/follow.ts
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { LONGSHORE_URL = "http://127.0.0.1:4000", LONGSHORE_TOKEN } = process.env;

const client = createClient({
  url: `${LONGSHORE_URL.replace(/^http/, "ws").replace(/\/$/, "")}/graphql`,
  webSocketImpl: WebSocket,
  ...(LONGSHORE_TOKEN ? { connectionParams: { authorization: `Bearer ${LONGSHORE_TOKEN}` } } : {}),
  // Reconnecting is ours: the client would repeat the old variables, and with them what was seen already.
  retryAttempts: 0,
});

interface TaskChange {
  readonly type: "ADDED" | "MODIFIED" | "REMOVED" | "SYNCED";
  readonly cursor: string;
  readonly task: { readonly arn: string; readonly lastStatus: string } | null;
}

const query = `subscription ($after: String, $snapshot: Boolean) {
  taskChanges(after: $after, snapshot: $snapshot) { type cursor task { arn lastStatus } }
}`;

let after: string | null = null;

interface Payload {
  readonly data?: { readonly taskChanges: TaskChange } | null | undefined;
  readonly errors?: unknown;
}

const follow = (): AsyncIterable<Payload> =>
  client.iterate({ query, variables: { after, snapshot: after === null } });

for (;;) {
  try {
    for await (const payload of follow()) {
      const { data, errors }: Payload = payload;
      if (errors) throw errors;
      if (!data) continue;
      const { type, cursor, task }: TaskChange = data.taskChanges;
      console.log(type, task?.arn ?? "", task?.lastStatus ?? "");
      after = cursor;
    }
  } catch (error) {
    // The log does not reach back so far: begin again with a snapshot. Anything else is over in a moment.
    if (JSON.stringify(error).includes("CURSOR_EXPIRED")) after = null;
    console.log("DISCONNECTED");
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}
