// A way to a server that breaks on request: refuses with an error of the server's kind, or goes silent as a cut network
// does, on connections that exist and on new ones. For tests only.
import { createServer, request as requestHttp } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** fine: passes everything on. silent: nothing comes back. Or an answer for every request instead. */
export type NetworkState = "fine" | "silent" | Refusal;

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** Requests that carry this header pass all the same. */
  readonly unless?: string;
}

export interface BrokenNetwork {
  readonly url: string;
  become(state: NetworkState): void;
  /** Requests that came while the network was as it is now. */
  requests(): number;
  close(): Promise<void>;
}

export async function breakableNetwork(target: string): Promise<BrokenNetwork> {
  let state: NetworkState = "fine";
  let requests = 0;
  const to = new URL(target);

  function passOn(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = request;
    const options = { hostname: to.hostname, port: to.port, method, path, headers };
    const onward = requestHttp(options, (answer) => {
      // What was under way when the network was cut never arrives.
      if (state === "silent") return void answer.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer((request, response) => {
    requests++;
    if (state === "silent") return;
    if (state === "fine") return passOn(request, response);
    const { status, type, message, unless } = state;
    if (unless !== undefined && request.headers[unless] !== undefined)
      return passOn(request, response);
    request.resume();
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify({ __type: type, message }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    become: (next) => {
      state = next;
      requests = 0;
    },
    requests: () => requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
