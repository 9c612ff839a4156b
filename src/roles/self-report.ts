// A small server where the roles of this process tell of themselves, for probes and for Prometheus: /healthz, /readyz
// and /metrics on LONGSHORE_METRICS_PORT. Answers nothing of what clusters do.
import type { IncomingMessage, ServerResponse } from "node:http";
import { collectDefaultMetrics, Registry } from "prom-client";
import { ConfigError } from "../config.ts";
import { createAuthentication } from "../graphql/caller.ts";
import { openListener } from "../graphql/listener.ts";
import { refuse, sendJson, sendText } from "../graphql/respond.ts";
import { pathOf } from "../graphql/routes.ts";
import { whyUnusable } from "../store/trouble.ts";
import type { Role, RoleOptions } from "./role.ts";

const pingMs = 3000;
const connectionsMax = 100;

export async function tellOfSelves(
  roles: readonly Role[],
  options: RoleOptions & { readonly port: number },
): Promise<Role> {
  const { config, clock, port } = options;
  const log = options.log.child({ role: "metrics" });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const selves = roles.flatMap(({ self }) => (self ? [self] : []));
  for (const self of selves) self.count(registry);
  const authentication = createAuthentication({ ...config, clock, log });

  /** Why a role cannot do its work; undefined when all can. */
  async function problem(): Promise<string | undefined> {
    let cancel = () => {};
    const late = new Promise<string>((resolve) => {
      cancel = clock.after(pingMs, () => resolve(`Redis did not answer in ${pingMs / 1000} s`));
    });
    const pings = Promise.all(selves.map((self) => self.ping())).then(() => undefined, whyUnusable);
    return Promise.race([pings, late]).finally(() => cancel());
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (pathOf(request)) {
      case "/healthz":
        return sendJson(response, 200, { status: "alive" });
      case "/readyz": {
        const reason = await problem();
        const reasons = reason === undefined ? [] : [reason];
        return sendJson(response, reason === undefined ? 200 : 503, {
          ready: reason === undefined,
          reasons,
        });
      }
      case "/metrics": {
        const { refusal } = await authentication.authenticate(
          request.headers.authorization,
          authentication.addressOf(request),
        );
        if (!refusal)
          return sendText(response, 200, registry.contentType, await registry.metrics());
        return refuse(response, 401, refusal, { "www-authenticate": "Bearer" });
      }
      default:
        return refuse(response, 404, {
          code: "NOT_FOUND",
          message:
            "/healthz, /readyz and /metrics are here; the API is served by longshore serve api.",
        });
    }
  }

  const listener = await openListener({
    host: config.host,
    port,
    tls: config.tls,
    connectionsMax,
    addressConnectionsMax: connectionsMax,
    clock,
    log,
    onRequest: (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log.error({ err: error, path: pathOf(request) }, "a request failed");
        response.destroy();
      });
    },
    onAnswered: () => {},
    onTurnedAway: () => {},
  }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== "ListenError") throw error;
    throw new ConfigError(error.message.replace("LONGSHORE_PORT", "LONGSHORE_METRICS_PORT"));
  });
  log.info({ url: listener.url }, "metrics are served");
  return {
    stop: async () => {
      listener.close();
      const closed = new Promise((resolve) => listener.server.close(resolve));
      listener.server.closeAllConnections();
      await closed;
      authentication.close();
    },
  };
}
