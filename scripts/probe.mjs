// The health check of a container: `probe.mjs URL` asks for an answer below 400, `probe.mjs redis` for Redis's PONG.
import { connect } from "node:net";

const limitMs = 4000;

async function answers(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${url}: ${response.status} ${text.slice(0, 300)}`);
}

/** Any reply will do, also a demand for a password: it is there and talks. */
function redisAnswers(address) {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port || 6379), hostname, () => socket.write("PING\r\n"));
    socket.setTimeout(limitMs, () => socket.destroy(new Error(`${hostname}: no reply`)));
    socket.on("error", reject);
    socket.on("data", () => resolve(socket.destroy()));
  });
}

const target = process.argv[2] ?? "";
try {
  await (target === "redis" ? redisAnswers(process.env.REDIS_URL ?? "") : answers(target));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
