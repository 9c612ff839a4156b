// For doctor's tests: the simulator behind a proxy that refuses chosen calls, and `longshore doctor` as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

/** How AWS answers a call in place of the simulator. `hang`: never. */
export type Refusal = "hang" | { readonly status: number; readonly code: string };

export const denied: Refusal = { status: 403, code: "AccessDeniedException" };

export interface RefusingProxy {
  readonly url: string;
  /** By operation, such as `ListTasks`; changes take effect at once. */
  readonly refusals: Map<string, Refusal>;
  close(): Promise<void>;
}

function operationOf(incoming: IncomingMessage, body: string): string {
  const target = incoming.headers["x-amz-target"];
  if (typeof target === "string") return target.slice(target.indexOf(".") + 1);
  return new URLSearchParams(body).get("Action") ?? "";
}

/** SQS and ECS speak JSON; EC2 and STS XML, each with an envelope of its own. */
function refuse(
  response: ServerResponse,
  isJson: boolean,
  { status, code }: Exclude<Refusal, "hang">,
): void {
  const message = "refused by the test";
  if (isJson) {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }));
    return;
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { "content-type": "text/xml" });
  response.end(
    code === "UnauthorizedOperation"
      ? `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>`
      : `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`,
  );
}

export async function startRefusingProxy(target: string): Promise<RefusingProxy> {
  const refusals = new Map<string, Refusal>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const refusal = refusals.get(operationOf(incoming, body.toString()));
      if (refusal === "hang") return;
      if (refusal) return refuse(response, "x-amz-target" in incoming.headers, refusal);
      const { method, headers, url = "/" } = incoming;
      const onward = request(new URL(url, target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      onward.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    refusals,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface Outcome {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of a level. */
  level(level: "ok" | "warn" | "fail"): readonly string[];
  /** The line of a resource or permission; throws when there is none. */
  line(what: string): string;
}

/** Runs `longshore doctor` with this environment alone: nothing of the machine's own AWS settings gets in. */
export async function runDoctor(
  environment: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Outcome> {
  const child = spawn(process.execPath, [main, "doctor", ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: "/nonexistent",
      AWS_EC2_METADATA_DISABLED: "true",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, "close");
  const lines = stdout.split("\n").filter((line) => line !== "");
  return {
    code: child.exitCode,
    lines,
    stdout,
    stderr,
    level: (level) => lines.filter((line) => line.startsWith(level)),
    line: (what) => {
      const found = lines.find((line) => line.slice("warn  ".length).startsWith(`${what} - `));
      if (found === undefined) throw new Error(`no line about ${what} in\n${stdout}${stderr}`);
      return found;
    },
  };
}
