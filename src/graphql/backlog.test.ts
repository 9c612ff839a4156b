// Answers over HTTP that nobody reads: whose connections are ended, and how little of them waits, over real sockets.
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../random.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { fixedInformer, randomView } from "../testing/fleet.ts";
import { until } from "../testing/longshore.ts";
import { Backlog } from "./backlog.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

describe("the decision", () => {
  test("ends those with most waiting, of earlier answers, until there is room", () => {
    const backlog = new Backlog<string>(100);
    expect(backlog.add("a", 30)).toEqual([]);
    expect(backlog.add("b", 50)).toEqual([]);
    expect(backlog.add("c", 20)).toEqual([]);
    // The newest is the largest, and nobody can have read it yet.
    expect(backlog.add("d", 60)).toEqual(["b", "a"]);
    expect(backlog.add("e", 20)).toEqual([]);
    expect(backlog.add("f", 500)).toEqual(["d", "c", "e"]);
  });

  test("forgets what was taken", () => {
    const backlog = new Backlog<string>(100);
    backlog.add("a", 90);
    backlog.remove("a");
    backlog.remove("a");
    expect(backlog.add("b", 90)).toEqual([]);
    expect(backlog.add("c", 20)).toEqual(["b"]);
  });
});

describe("over sockets", () => {
  let world: ApiWorld;
  let api: Api;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    world = await startApiWorld();
    const informer = fixedInformer(randomView(seededRandom(1), { instances: 5, tasks: 1000 }));
    const tokens = { read: [], admin: [] };
    api = await startApi({ ...world.place, informer, tokens, backlogMax: 64 * 1_048_576 });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await api?.close();
    await world?.close();
  });

  /** An answer of some 20 MB: more than the kernel takes for a reader that does not read. */
  const task = "arn containerInstanceArn taskDefinitionArn group cluster { arn }";
  const query = `{ ${Array.from({ length: 48 }, (_, at) => `a${at}: tasks(first: 1000) { nodes { ${task} } }`).join(" ")} }`;
  const request = (part: number) => {
    const body = JSON.stringify({ query, operationName: null, variables: { part } });
    return `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };

  async function send(text: string): Promise<Socket> {
    const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
    await once(socket, "connect");
    socket.write(text);
    return socket;
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${api.url}metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(name));
    return Number(line?.split(" ").at(-1) ?? 0);
  }
  const answered = () => metric('longshore_graphql_operations_total{type="query"');

  /** Reads whole answers off a socket; resolves with the length of each. */
  async function read(socket: Socket, answers: number): Promise<number[]> {
    const lengths: number[] = [];
    let left = 0;
    let head = "";
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      let rest = chunk;
      while (rest.length > 0 && lengths.length <= answers) {
        if (left === 0) {
          head += rest.toString("latin1");
          const end = head.indexOf("\r\n\r\n");
          if (end < 0) break;
          if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head);
          left = Number(/content-length: (\d+)/.exec(head)?.[1]);
          lengths.push(left);
          rest = Buffer.from(head.slice(end + 4), "latin1");
          head = "";
        }
        const taken = Math.min(left, rest.length);
        left -= taken;
        rest = rest.subarray(taken);
      }
      if (lengths.length === answers && left === 0) break;
    }
    return lengths;
  }

  test("one connection that reads nothing makes one answer wait, however many it asks for", async () => {
    const before = await answered();
    const count = 6;
    const socket = await send(Array.from({ length: count }, (_, at) => request(at)).join(""));
    await until("its first answer", async () => ((await answered()) > before ? true : undefined));
    // Others are served meanwhile, and nothing more is worked out for it.
    for (let each = 0; each < 30; each++) expect(await answered()).toBe(before + 1);
    const lengths = await read(socket, count);
    expect(lengths).toHaveLength(count);
    expect(Math.min(...lengths)).toBeGreaterThan(15_000_000);
    expect(await answered()).toBe(before + count);
  });

  test("those with most waiting are ended when all together have too much, and who reads is answered", async () => {
    const ended = () => metric('longshore_turned_away_total{reason="backlog"}');
    for (let each = 0; each < 8; each++) {
      const before = await answered();
      await send(request(each));
      await until("the answer", async () => ((await answered()) > before ? true : undefined));
      expect(await read(await send(request(each)), 1)).toHaveLength(1);
    }
    // 64 MiB are three of them, or two and one that is read.
    await until("those that were ended", async () => ((await ended()) >= 5 ? true : undefined));
    expect(await ended()).toBeLessThan(7);
  });
});
