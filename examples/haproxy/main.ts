// Keeps the servers of a HAProxy the tasks of one container, by its runtime API: no reload, and no request is lost while
// tasks move, because a task leaves here as soon as it is to stop and is drained while it still answers.
//   npm run example -- haproxy    (CONTAINER=edge-proxy CONTAINER_PORT=8080 CLUSTER=harbor-prod PORT=8080; needs haproxy >= 2.6)
import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { createLongshore } from "longshore/client";

const {
  LONGSHORE_URL = "http://127.0.0.1:4000",
  LONGSHORE_TOKEN,
  HAPROXY = "haproxy",
} = process.env;
const { CONTAINER = "edge-proxy", CONTAINER_PORT = "8080", CLUSTER, PORT = "8080" } = process.env;

const folder = await mkdtemp(join(tmpdir(), "longshore-haproxy-"));
const { ADMIN_SOCKET: socket = join(folder, "admin.sock") } = process.env;
await writeFile(
  join(folder, "haproxy.cfg"),
  `global
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 3
  retry-on conn-failure
  option redispatch 1
frontend web
  bind 127.0.0.1:${PORT}
  default_backend tasks
backend tasks
  balance roundrobin
`,
);
const haproxy = spawn(HAPROXY, ["-db", "-f", join(folder, "haproxy.cfg")], { stdio: "inherit" });
haproxy.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => haproxy.kill());

/** One command of the runtime API; what it answers. */
async function admin(command: string): Promise<string> {
  const connection = connect(socket);
  connection.end(`${command}\n`);
  return (await text(connection)).trim();
}
while ((await admin("show version").catch(() => "")) === "") await sleep(50);

const nameOf = ({ task, port }: { task: { arn: string }; port: number }) =>
  `tasks/${task.arn.split("/").at(-1)}-${port}`;

async function add(name: string, host: string, port: number): Promise<void> {
  // Without a pool of idle connections, one that has drained can be removed.
  console.log("add", name, await admin(`add server ${name} ${host}:${port} pool-max-conn 0`));
  await admin(`enable server ${name}`);
}

/** What runs through it ends first; then nothing holds it. */
async function remove(name: string): Promise<void> {
  await admin(`set server ${name} state drain`);
  console.log("drain", name);
  for (let tries = 0; tries < 120; tries++) {
    await sleep(500);
    // Maintenance is refused to nobody: connections that are there go on.
    await admin(`set server ${name} state maint`);
    if ((await admin(`del server ${name}`)).startsWith("Server deleted")) return;
  }
  console.error("still in use", name);
}

const longshore = createLongshore({ url: LONGSHORE_URL, token: LONGSHORE_TOKEN });
const endpoints = longshore.informer({
  watch: "endpoints",
  filter: {
    container: CONTAINER,
    containerPort: Number(CONTAINER_PORT),
    ...(CLUSTER ? { cluster: CLUSTER } : {}),
  },
  select: { task: { arn: true }, host: true, port: true, healthy: true },
});
endpoints.on("added", (endpoint) => add(nameOf(endpoint), endpoint.host, endpoint.port));
endpoints.on("modified", async ({ healthy, host, port, ...rest }, before) => {
  const name = nameOf({ ...rest, port });
  if (host !== before.host) await admin(`set server ${name} addr ${host} port ${port}`);
  await admin(`set server ${name} state ${healthy ? "ready" : "drain"}`);
});
endpoints.on("removed", (endpoint) => void remove(nameOf(endpoint)));
endpoints.on("synced", () => console.log(`in step with ${endpoints.size} endpoints`));
