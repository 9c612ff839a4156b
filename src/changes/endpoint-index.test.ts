// Endpoints kept beside a view: after any history they are what the view says, each change told exactly what it did to
// them, and whoever looks only later is told the same.
import { expect, it } from "vitest";
import { endpointKey, endpointsOf } from "../ecs/endpoint.ts";
import type { Endpoint } from "../ecs/endpoint.ts";
import { arnId } from "../ecs/arn.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { encodeTaskDefinition, observeContainerInstance, observeTask } from "../store/record.ts";
import { anInstance, aTask, aTaskDefinition, testCluster } from "../testing/entities.ts";
import { recordOf } from "../testing/fleet.ts";
import type { Change, RecordChange } from "./change.ts";
import { ClusterView } from "./cluster-view.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`endpoint-index.test.ts seed ${seed} (FUZZ_SEED)`);

const emptyView = () => new ClusterView(testCluster, { epoch: "e", seq: 0, records: new Map() });

function someTask(random: Random, id: string): string {
  const own = random.chance(0.4);
  const task = aTask(id, random.pick(["a", "b", undefined]), {
    version: String(random.int(1, 1000)),
    taskDefinitionArn: aTaskDefinition(random.pick(["1", "2", "3"])).arn,
    lastStatus: random.pick(["PENDING", "RUNNING", "RUNNING", "RUNNING", "STOPPED"]),
    desiredStatus: random.pick(["RUNNING", "RUNNING", "RUNNING", "STOPPED"]),
    containers: [
      {
        arn: "",
        name: "lamp",
        lastStatus: "RUNNING",
        networkBindings: own
          ? []
          : [
              {
                bindIP: "0.0.0.0",
                containerPort: 80,
                hostPort: random.int(32768, 32770),
                protocol: "tcp",
              },
            ],
        networkInterfaces: [],
      },
    ],
    attachments: own
      ? [{ id: "e", type: "eni", status: "ATTACHED", details: { privateIPv4Address: "10.0.9.9" } }]
      : [],
  });
  return recordOf(observeTask(task, "describe", 0));
}

/** One change of something: tasks, the addresses of instances, definitions, and what none of it depends on. */
function someChange(random: Random, seq: number): RecordChange {
  const common = { seq, at: 0, before: undefined };
  const act = random.int(0, 9);
  if (act < 6) {
    const id = `t${random.int(1, 8)}`;
    return {
      ...common,
      kind: "t",
      id,
      after: random.chance(0.15) ? undefined : someTask(random, id),
    };
  }
  if (act < 8) {
    const id = random.pick(["a", "b"]);
    const observation = observeContainerInstance(
      anInstance(id, { version: String(seq), attributes: [] }),
      "event",
    );
    const enriched = random.pick([
      "",
      '{"privateIpAddress":"10.0.0.1"}',
      '{"privateIpAddress":"10.0.0.2"}',
    ]);
    const after = random.chance(0.1) ? undefined : recordOf({ ...observation, enriched });
    return { ...common, kind: "i", id, after };
  }
  const definition = aTaskDefinition(
    random.pick(["1", "2", "3"]),
    random.pick(["awsvpc", "host", "bridge"]),
  );
  const after = random.chance(0.2) ? undefined : encodeTaskDefinition(definition);
  return { ...common, kind: "f", id: arnId(definition.arn), after };
}

const nameOf = (endpoint: Endpoint) => `${endpoint.taskArn} ${endpointKey(endpoint)}`;

/** What the view says now, worked out from nothing else. */
function truth(view: ClusterView): Map<string, Endpoint> {
  const all = [...view.tasks.values()].flatMap((task) =>
    endpointsOf(
      task,
      view.instances.get(arnId(task.containerInstanceArn ?? "")),
      view.taskDefinitions.get(arnId(task.taskDefinitionArn)),
    ),
  );
  return new Map(all.map((each) => [nameOf(each), each]));
}

/** Applies what a change says that it did; a step that does not fit what was there fails. */
function follow(seen: Map<string, Endpoint>, { endpoints = [] }: Change): number {
  for (const { before, after } of endpoints) {
    const name = nameOf((after ?? before) as Endpoint);
    expect(seen.get(name)).toEqual(before);
    expect(after).not.toEqual(before);
    if (after) seen.set(name, after);
    else seen.delete(name);
  }
  return endpoints.length;
}

it("is what the view says after any history, and each change tells exactly what it did", () => {
  const random = seededRandom(`${seed}`);
  const view = emptyView();
  view.followEndpoints();
  const seen = new Map<string, Endpoint>();
  let steps = 0;
  for (let seq = 1; seq <= 3000;) {
    const batch = Array.from({ length: random.int(1, 4) }, () => someChange(random, seq++));
    for (const change of view.advance(batch, seq - 1)) steps += follow(seen, change);
    const expected = truth(view);
    expect(seen).toEqual(expected);
    expect(new Map([...view.endpoints.values()].map((each) => [nameOf(each), each]))).toEqual(
      expected,
    );
    expect(view.endpoints.size).toBe(expected.size);
  }
  expect(steps).toBeGreaterThan(500);
});

it("tells those who look later the same, from whatever position they resume", () => {
  const random = seededRandom(`${seed}-later`);
  for (let round = 0; round < 60; round++) {
    const followed = emptyView();
    followed.followEndpoints();
    const unfollowed = emptyView();
    const history = Array.from({ length: random.int(1, 60) }, (_, at) =>
      someChange(random, at + 1),
    );
    const expected = history.flatMap((record) => followed.advance([record], record.seq));
    unfollowed.advance(history, history.length);
    unfollowed.followEndpoints();
    const from = random.int(0, history.length);
    const told = unfollowed.withEndpoints(unfollowed.recent.slice(from));
    expect(told.map(({ endpoints }) => endpoints)).toEqual(
      expected.slice(from).map(({ endpoints }) => endpoints),
    );
  }
});
