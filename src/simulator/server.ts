// The simulator as a server: one port for ECS, SQS, EC2, STS and its own controls. Owns the socket; decides nothing.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import type { CallLog } from "./call-log.ts";
import { answerControl, controlPath } from "./control.ts";
import { buildDemoFleet } from "./demo-fleet.ts";
import { answerEcs, ecsTargetPrefix } from "./ecs-wire.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import type { Exchange, Outcome } from "./exchange.ts";
import { changeFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { buildFleet } from "./fleet.ts";
import { answerQuery } from "./query-wire.ts";
import { answerSqs, sqsTargetPrefix } from "./sqs-wire.ts";
import { setChurn } from "./tick.ts";
import { createWorld, uuid } from "./world.ts";
import type { Timings, World } from "./world.ts";

export interface SimulatorOptions {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The same seed makes the same fleet. Default 1. */
  readonly seed?: number | string;
  /** The named demo fleet (harbor-prod and two more) instead of clusters/instances/tasks. */
  readonly demo?: boolean;
  /** ECS clusters at start; default 1, 0 for none. */
  readonly clusters?: number;
  /** Container instances over all clusters; default 0. */
  readonly instances?: number;
  /** Tasks, all RUNNING in services, over all clusters; default 0. */
  readonly tasks?: number;
  /** Service tasks that die and are replaced, a second; default 0. */
  readonly churn?: number;
  readonly region?: string;
  readonly account?: string;
  /** Durations of the lifecycle; `timeScale` 0.05 makes tests quick. */
  readonly timings?: Partial<Timings>;
  /** Multiplies ECS's own request rates; 0 switches throttling off. Default 1. */
  readonly throttleScale?: number;
  readonly clock?: Clock;
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`: the endpoint for every AWS client. */
  readonly url: string;
  readonly port: number;
  /** URL of the queue `longshore`, where every ECS event goes. */
  readonly queueUrl: string;
  readonly world: World;
  /** How often clients called what. */
  readonly calls: CallLog;
  /** Changes some faults, leaves the others; throws on a name or a value that there is not. */
  setFaults(change: Partial<Faults>): void;
  /** Runs a change of the world at the present time and sends the events that it caused. */
  act<Result>(change: (world: World, now: number) => Result): Result;
  /** Hears every event in the order in which ECS said it, before any fault of the delivery. Returns how to stop. */
  listen(listener: (body: string) => void): () => void;
  /** Puts a body into the event queue as it is. */
  sendRaw(body: string): void;
  /** Closes the port, every connection and the timer. */
  close(): Promise<void>;
}

/** More than the longest message that SQS takes, batched. */
const bodyLimitBytes = 4 * 1_048_576;

function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyLimitBytes) chunks.push(chunk);
    });
    request.on("end", () =>
      resolve(bytes <= bodyLimitBytes ? Buffer.concat(chunks).toString("utf8") : undefined),
    );
    request.on("error", reject);
  });
}

function isOpen(response: ServerResponse): boolean {
  const { socket } = response;
  return socket !== null && !socket.destroyed && !socket.writableEnded && !socket.readableEnded;
}

function send(response: ServerResponse, outcome: Outcome): void {
  if (outcome === "hangUp") return void response.socket?.destroy();
  if (!isOpen(response)) return outcome.undo?.();
  const { undo } = outcome;
  if (undo) response.once("close", () => void (response.writableFinished || undo()));
  const length = String(Buffer.byteLength(outcome.body));
  response.writeHead(outcome.status, { ...outcome.headers, "content-length": length });
  response.end(outcome.body);
}

interface Answering {
  readonly engine: Engine;
  readonly url: () => string;
  readonly requestId: () => string;
}

async function answer(
  { engine, url, requestId }: Answering,
  exchange: Exchange,
  onClose: (withdraw: () => void) => void,
): Promise<Outcome> {
  const urlOf = (queue: string) => `${url()}/${engine.world.scope.account}/${queue}`;
  if (exchange.path.startsWith(controlPath))
    return answerControl(engine, exchange, url(), urlOf(engine.eventQueue.name));
  const target = exchange.headers["x-amz-target"];
  if (typeof target === "string") {
    if (target.startsWith(sqsTargetPrefix)) {
      const name = target.slice(sqsTargetPrefix.length);
      return answerSqs(engine, exchange, name, requestId(), urlOf, onClose);
    }
    if (target.startsWith(ecsTargetPrefix))
      return answerEcs(engine, exchange, target.slice(ecsTargetPrefix.length), requestId());
  }
  if (exchange.headers["content-type"]?.includes("x-www-form-urlencoded"))
    return answerQuery(engine, exchange, requestId());
  const error = `This is a simulator of ECS, SQS, EC2 and STS for AWS clients; its own controls are under ${controlPath}.`;
  return {
    status: 400,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error }),
  };
}

async function handle(
  answering: Answering,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    const headers = { "content-type": "text/plain" };
    return send(response, { status: 413, headers, body: "The request is too large." });
  }
  const exchange: Exchange = {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: request.headers,
    body,
    isOpen: () => isOpen(response),
  };
  const outcome = await answer(answering, exchange, (withdraw) =>
    response.once("close", () => void (response.writableFinished || withdraw())),
  );
  const delayMs = outcome === "hangUp" ? 0 : (outcome.delayMs ?? 0);
  if (delayMs > 0) await answering.engine.clock.sleep(delayMs);
  send(response, outcome);
}

/** Requests that the simulator could not answer are bugs: the client sees a 500, the console the error. */
function listener(answering: Answering) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(answering, request, response).catch((error: unknown) => {
      if (!isOpen(response)) return;
      process.emitWarning(error instanceof Error ? error : String(error), "SimulatorBug");
      if (response.headersSent) return void response.socket?.destroy();
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      send(response, {
        status: 500,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify({ __type: "ServerException", message }),
      });
    });
  };
}

/** Nothing can listen there: the message says why and what to do. */
export class SimulatorCannotListen extends Error {
  override readonly name = "SimulatorCannotListen";
}

function whyNoListening({ code, message }: NodeJS.ErrnoException, port: number, host: string) {
  if (code === "EADDRINUSE")
    return `Port ${port} of ${host} is in use: end what listens there, or choose another with --port.`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EADDRNOTAVAIL")
    return `This machine has no address ${host}: choose one that it has with --host.`;
  return `Nothing can listen on ${host}:${port} (${message}): choose another place with --host and --port.`;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(new SimulatorCannotListen(whyNoListening(error, port, host))),
    );
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("No port"));
      resolve(address.port);
    });
  });
}

function createFilledWorld(options: SimulatorOptions, now: number): World {
  const { seed = 1, region, account, timings } = options;
  const world = createWorld({
    seed,
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    ...(timings === undefined ? {} : { timings }),
  });
  if (options.demo) buildDemoFleet(world, now);
  else {
    const { clusters = 1, instances = 0, tasks = 0 } = options;
    buildFleet(world, now, { clusters, instances, tasks });
  }
  setChurn(world, now, options.churn ?? 0);
  return world;
}

/** Starts a simulator; resolves once it listens, rejects when it cannot listen there or the fleet does not fit. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { seed = 1, clock = systemClock, host = "127.0.0.1", throttleScale = 1 } = options;
  const world = createFilledWorld(options, clock.now());
  const engine = createEngine({ world, seed, clock, throttleScale });
  const requestIds = seededRandom(`${seed}:requests`);
  let url = "";
  const server = createServer(
    // Clients keep connections for long; a server that closes an idle one first makes them fail.
    { keepAliveTimeout: 120_000, noDelay: true },
    listener({ engine, url: () => url, requestId: () => uuid(requestIds) }),
  );
  const port = await listen(server, options.port ?? 0, host).catch((error: unknown) => {
    engine.stop();
    throw error;
  });
  url = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
  return {
    url,
    port,
    queueUrl: `${url}/${world.scope.account}/${engine.eventQueue.name}`,
    world,
    calls: engine.calls,
    setFaults: (change) => {
      const changed = changeFaults(engine.faults, { ...change });
      if ("problem" in changed) throw new Error(changed.problem);
      engine.setFaults(changed.faults);
    },
    act: engine.act,
    listen: (listener) => {
      engine.listeners.add(listener);
      return () => void engine.listeners.delete(listener);
    },
    sendRaw: engine.sendRaw,
    close: () =>
      new Promise((resolve) => {
        engine.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
