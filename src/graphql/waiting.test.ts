// A cluster that was never compared with ECS, over HTTP: daemons wait, and everything that shows them says why.
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeDaemon } from "../daemon/record.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { aDaemon, anInstance, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let world: ApiWorld;
let api: Api;

beforeAll(async () => {
  world = await startApiWorld();
  api = await startApi({ ...world.place, tokens: { read: [], admin: [] } });
  const record = encodeDaemon(aDaemon());
  await world.place.store.writeControl(testCluster, [
    { kind: "d", id: "lamp", expected: undefined, record },
  ]);
  await world.place.informer.refresh();
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

async function shown(): Promise<string> {
  const query = `{ daemon(cluster: "quay", name: "lamp") {
    status { phase reason }
    placements { nodes { state reason } }
    explain(containerInstance: "${anInstance("a").arn}") { placeable rules { rule ok detail } }
  } containerInstance(arn: "${anInstance("a").arn}") { daemons { state reason } } }`;
  const answer = await fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return answer.text();
}

const why = "the cluster was not compared with ECS yet, so tasks that run may not be known";

function standing(phase: string, reason: string, state: string, placeable: boolean) {
  const explained = expect.objectContaining({ placeable });
  return {
    data: {
      daemon: {
        status: { phase, reason: expect.stringContaining(reason) },
        placements: {
          nodes: [{ state, reason: expect.stringContaining(placeable ? "" : reason) }],
        },
        explain: explained,
      },
      containerInstance: { daemons: [expect.objectContaining({ state })] },
    },
  };
}

test("status, placements and explain say that it waits, why, and when it is over", async () => {
  const { store, informer } = world.place;
  const waiting = JSON.parse(await shown());
  expect(waiting).toEqual(standing("ROLLING_OUT", why, "WAITING", false));
  expect(waiting.data.daemon.explain.rules[0]).toEqual({
    rule: "the cluster was compared with ECS",
    ok: false,
    detail: why,
  });
  await store.noteFreshness(testCluster, { reconcileProblem: "tasks: AccessDeniedException" });
  await informer.refresh();
  const stuck = `${why}: tasks: AccessDeniedException`;
  expect(JSON.parse(await shown())).toEqual(standing("STUCK", stuck, "WAITING", false));
  await store.noteFreshness(testCluster, { lastReconciledAt: world.place.clock.now() });
  await until(
    "the view's freshness",
    () => informer.views.get(testCluster)?.freshness.lastReconciledAt,
  );
  const going = JSON.parse(await shown());
  expect(going).toEqual(standing("ROLLING_OUT", "started", "STARTING", true));
});
