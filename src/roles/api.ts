// The api role: views of the clusters, served over GraphQL. Wiring only.
import { fileURLToPath } from "node:url";
import { openInformer } from "../changes/informer.ts";
import { listenProblem, ConfigError } from "../config.ts";
import { startApi } from "../graphql/server.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { Role, RoleOptions } from "./role.ts";
import { openSpans, traceChanges } from "./traces.ts";

export async function startApiRole(options: RoleOptions): Promise<Role & { readonly url: string }> {
  const { config, clock, random } = options;
  const problem = listenProblem(config);
  if (problem !== undefined) throw new ConfigError(problem);
  const log = options.log.child({ role: "api" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  // What it writes is as old as Redis says, whatever this machine's clock is set to.
  const stateClock = createRedisClock(clock);
  const doors = { ...options.redis, name: "api", clock: stateClock, random, onDown };
  const store = openRedisStore(doors);
  const informer = openInformer({ store, clock, log });
  const pages = fileURLToPath(new URL("../../dist/web", import.meta.url));
  const spans = await openSpans(config.tracing, clock, log);
  // Nothing of it is loaded where nobody asked for traces.
  const traces =
    spans && (await import("../graphql/tracing.ts")).startTracing({ spans, clock, random });
  const stop = new AbortController();
  void stateClock.follow(store.time, stop.signal);
  const place = { informer, store, clock, stateClock, log, pages };
  const api = await startApi({ ...config, ...place, traces });
  // Behind the subscriptions, which hear of each change first: by then it was handed to them.
  if (spans) traceChanges({ informer, spans, clock: stateClock, random });
  log.info({ url: api.url }, "api is listening");
  return {
    url: api.url,
    stop: async () => {
      stop.abort();
      await api.close();
      await spans?.close();
      await informer.close();
      await store.close();
    },
  };
}
