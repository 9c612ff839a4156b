// Redis servers that know each other: the masters and replicas of a Redis Cluster, a sentinel and what it watches, with
// TLS or without, on real processes. For tests only.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command, Redis } from "ioredis";
import { locateRedisServer } from "../redis-server/locate.ts";
import { freePort, startRedisServer } from "../redis-server/start.ts";
import type { RedisServer } from "../redis-server/start.ts";
import { until } from "./longshore.ts";

const dataDir = fileURLToPath(new URL("../../.longshore", import.meta.url));

/** Of all servers here; tests look for it where it must not be shown. */
export const testPassword = "a-password-of-the-tests";

const slotsInAll = 16_384;

export interface RedisNode {
  readonly name: string;
  readonly port: number;
  /** The id of the node within its cluster. */
  readonly id: string;
  isUp(): boolean;
  /** A connection for the test's own commands, as the default user. */
  readonly redis: Redis;
  /** Ends it with SIGKILL and resolves when it is gone. */
  kill9(): Promise<void>;
  /** Ends it in order and starts it again on the same data. After {@link RedisNode.kill9}, just starts it. */
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Paths of PEM files: a server and a client that this authority vouches for, under 127.0.0.1. */
export interface TestCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface NodeOptions {
  /** Only TLS, and only with clients that have a certificate. */
  readonly tls?: TestCertificates;
  readonly appendonly?: boolean;
  readonly settings?: readonly string[];
}

/** A server on a port of its own, with the password of the tests. */
export async function startNode({ appendonly = false, settings = [], tls }: NodeOptions) {
  const program = await locateRedisServer(dataDir, { environment: process.env });
  const folder = await mkdtemp(join(tmpdir(), "longshore-node-"));
  const port = await freePort();
  const listening = { kind: "tcp", port, password: testPassword } as const;
  const start = () =>
    startRedisServer({
      program,
      dataDir: folder,
      appendonly,
      listening,
      settings: [
        `masterauth ${testPassword}`,
        "repl-diskless-sync-delay 0",
        ...(tls ? tlsSettings(port, tls) : []),
        ...settings,
      ],
    });
  let server: RedisServer = await start();
  const isUp = () => server.process.exitCode === null && server.process.signalCode === null;
  const redis = new Redis({
    host: "127.0.0.1",
    port,
    password: testPassword,
    retryStrategy: () => 100,
    ...(tls ? { tls: await filesOf(tls) } : {}),
  });
  redis.on("error", () => {}); // it may have been killed
  return {
    name: `127.0.0.1:${port}`,
    port,
    isUp,
    redis,
    kill9: async () => {
      const exit = isUp() ? once(server.process, "exit") : undefined;
      server.process.kill("SIGKILL");
      await exit;
      await server.stop();
    },
    restart: async () => {
      await server.stop();
      server = await start();
    },
    pause: () => void server.process.kill("SIGSTOP"),
    resume: () => void server.process.kill("SIGCONT"),
    stop: async () => {
      redis.disconnect();
      server.process.kill("SIGCONT");
      server.process.kill("SIGKILL"); // nobody reads the data again
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const tlsSettings = (port: number, { ca, cert, key }: TestCertificates): string[] => [
  "port 0",
  `tls-port ${port}`,
  `tls-ca-cert-file ${ca}`,
  `tls-cert-file ${cert}`,
  `tls-key-file ${key}`,
  "tls-replication yes",
  "tls-cluster yes",
];

async function filesOf({ ca, cert, key }: TestCertificates) {
  return { ca: await readFile(ca), cert: await readFile(cert), key: await readFile(key) };
}

/** Makes an authority and one certificate of it in a folder. */
export async function makeCertificates(folder: string): Promise<TestCertificates> {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    "-subj",
    "/CN=authority of the tests",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  await openssl("req", ...curve, "-subj", "/CN=redis", "-keyout", "redis.key", "-out", "redis.csr");
  await writeFile(path("names"), "subjectAltName=IP:127.0.0.1,DNS:redis.internal\n");
  await openssl(
    "x509",
    "-req",
    "-in",
    "redis.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "names",
    "-out",
    "redis.pem",
  );
  return { ca: path("ca.pem"), cert: path("redis.pem"), key: path("redis.key") };
}

export interface TestSentinel {
  /** As REDIS_URL has it. */
  readonly url: string;
  readonly master: Omit<RedisNode, "id">;
  readonly replica: Omit<RedisNode, "id">;
  stop(): Promise<void>;
}

/** Starts a master, a replica and a sentinel that watches both under the name `harbour`. */
export async function testRedisSentinel(): Promise<TestSentinel> {
  const master = await startNode({});
  const replica = await startNode({ settings: [`replicaof 127.0.0.1 ${master.port}`] });
  const program = await locateRedisServer(dataDir, { environment: process.env });
  const folder = await mkdtemp(join(tmpdir(), "longshore-sentinel-"));
  const port = await freePort();
  const conf = [
    `port ${port}`,
    "bind 127.0.0.1",
    `requirepass ${testPassword}`,
    `sentinel monitor harbour 127.0.0.1 ${master.port} 1`,
    `sentinel auth-pass harbour ${testPassword}`,
    "sentinel down-after-milliseconds harbour 700",
    "sentinel failover-timeout harbour 5000",
  ];
  const file = join(folder, "sentinel.conf");
  await writeFile(file, conf.join("\n"));
  const child = spawn(program.command, [file, "--sentinel"], { env: program.env, stdio: "ignore" });
  const exited = once(child, "exit");
  await until("the replica to follow its master", async () =>
    /master_link_status:up/.test(await replica.redis.info("replication")) ? true : undefined,
  );
  const asking = new Redis({ port, password: testPassword, retryStrategy: () => 50 });
  asking.on("error", () => {}); // it is not up yet
  await until("the sentinel to know the replica", async () =>
    /slaves=1/.test(await asking.info("sentinel")) ? true : undefined,
  );
  asking.disconnect();
  return {
    url: `redis+sentinel://:${testPassword}@127.0.0.1:${port}/harbour?sentinel_password=${testPassword}`,
    master,
    replica,
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
      await Promise.all([master.stop(), replica.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface TestCluster {
  /** All nodes are in it. */
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** The master that has the slot of a key now. */
  masterOf(key: string): Promise<RedisNode>;
  /** Moves the slot of a key to another master, key by key, as redis-cli does; `between` is called halfway. */
  moveSlot(key: string, to: RedisNode, between?: () => Promise<void>): Promise<void>;
  /** Resolves when all nodes that are up agree that all slots are served. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestClusterOptions extends NodeOptions {
  /** Replicas of each of the three masters. */
  readonly replicas?: 0 | 1;
  /** How long a node may be silent before it counts as failed. */
  readonly nodeTimeoutMs?: number;
}

export const slotOf = (key: string): number => new Command("get", [key]).getSlot();

/** Starts three masters that share the slots, and replicas where they are asked for. */
export async function testRedisCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { replicas = 0, nodeTimeoutMs = 2000, settings = [] } = options;
  const nodes: RedisNode[] = [];
  for (let at = 0; at < 3 + 3 * replicas; at++) {
    const node = await startNode({
      ...options,
      settings: [
        "cluster-enabled yes",
        `cluster-port ${await freePort()}`,
        `cluster-node-timeout ${nodeTimeoutMs}`,
        "cluster-replica-validity-factor 0",
        ...settings,
      ],
    });
    nodes.push({ ...node, id: await node.redis.cluster("MYID") });
  }
  const masters = nodes.slice(0, 3);
  await Promise.all(masters.map(shareSlots));
  await meet(nodes);
  for (const [at, replica] of nodes.slice(3).entries())
    await replica.redis.cluster("REPLICATE", masters[at]?.id ?? "");

  const up = () => nodes.filter((node) => node.isUp());
  const settled = async () => {
    for (const { redis, name } of up())
      await until(`${name} to see all slots served`, async () =>
        /cluster_state:ok/.test(await redis.cluster("INFO")) ? true : undefined,
      );
  };
  await settled();
  for (const { redis, name } of nodes.slice(3))
    await until(`${name} to follow its master`, async () =>
      /master_link_status:up/.test(await redis.info("replication")) ? true : undefined,
    );
  const masterOf = async (key: string): Promise<RedisNode> => {
    for (const { redis } of up()) {
      const owner = ownerOf(await redis.cluster("SLOTS"), slotOf(key));
      const node = nodes.find(({ id }) => id === owner);
      if (node) return node;
    }
    throw new Error(`no node has the slot of ${key}`);
  };
  return {
    url: `${options.tls ? "rediss" : "redis"}+cluster://:${testPassword}@${nodes.map(({ name }) => name).join(",")}`,
    nodes,
    masterOf,
    moveSlot: async (key, to, between) =>
      moveSlot(slotOf(key), await masterOf(key), to, up(), between),
    settled,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function shareSlots({ redis }: RedisNode, at: number): Promise<void> {
  const [from, end] = [Math.ceil((at * slotsInAll) / 3), Math.ceil(((at + 1) * slotsInAll) / 3)];
  await redis.cluster("ADDSLOTSRANGE", from, end - 1);
  await redis.cluster("SET-CONFIG-EPOCH", at + 1);
}

async function meet(nodes: readonly RedisNode[]): Promise<void> {
  const [first, ...others] = nodes;
  for (const { port, redis } of others) {
    const busPort = await redis.config("GET", "cluster-port");
    await first?.redis.cluster("MEET", "127.0.0.1", port, Number(busPort[1]));
  }
  for (const { redis, name } of nodes)
    await until(`${name} to know all others`, async () => {
      const known = String(await redis.cluster("NODES"))
        .trim()
        .split("\n");
      const isMet = known.every((line) => !line.includes("handshake"));
      return isMet && known.length === nodes.length ? true : undefined;
    });
}

/** The id of the node that CLUSTER SLOTS names for a slot. */
function ownerOf(slots: unknown, slot: number): string | undefined {
  for (const range of Array.isArray(slots) ? slots : []) {
    const [from, to, master]: [number, number, unknown[]] = range;
    if (slot >= from && slot <= to) return String(master[2]);
  }
  return undefined;
}

async function moveSlot(
  slot: number,
  from: RedisNode,
  to: RedisNode,
  all: readonly RedisNode[],
  between: () => Promise<void> = async () => {},
): Promise<void> {
  await to.redis.cluster("SETSLOT", slot, "IMPORTING", from.id);
  await from.redis.cluster("SETSLOT", slot, "MIGRATING", to.id);
  const keys = await from.redis.cluster("GETKEYSINSLOT", slot, 1000);
  for (const [at, key] of keys.entries()) {
    if (at === Math.floor(keys.length / 2)) await between();
    const target = ["127.0.0.1", to.port, "", 0, 5000, "AUTH", testPassword, "KEYS", key] as const;
    await from.redis.call("MIGRATE", ...target);
  }
  for (const node of [to, from, ...all.filter((each) => each !== to && each !== from)])
    await node.redis.cluster("SETSLOT", slot, "NODE", to.id).catch((error: Error) => {
      // Replicas hear of it from the others.
      if (!/replica|master/i.test(error.message)) throw error;
    });
}
