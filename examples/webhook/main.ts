// Tells a chat of tasks that failed, each once: also when this program was down, or the API was.
//   WEBHOOK_URL=https://hooks.slack.com/... npm run example -- webhook    (without it, messages are printed)
// State lies in STATE_FILE: the cursor behind the last message that was taken, and what was told. Only a crash between
// the answer of the webhook and the write of that file can repeat one message.
import { readFile, rename, writeFile } from "node:fs/promises";
import { createLongshore } from "longshore/client";

const { LONGSHORE_URL = "http://127.0.0.1:4000", LONGSHORE_TOKEN, WEBHOOK_URL } = process.env;
const { STATE_FILE = "longshore-webhook.json" } = process.env;

interface State {
  readonly cursor: string;
  /** What stopped before this program was first started is old news. */
  readonly since: string;
  /** ARNs that were told, for the one case in which all that is there comes again: an expired cursor. */
  readonly told: readonly string[];
}

const saved: State | undefined = await readFile(STATE_FILE, "utf8").then(
  JSON.parse,
  () => undefined,
);
const since = saved?.since ?? new Date().toISOString();
const told = new Set(saved?.told);

async function save(cursor: string): Promise<void> {
  const state: State = { cursor, since, told: [...told].slice(-10_000) };
  await writeFile(`${STATE_FILE}.new`, JSON.stringify(state));
  await rename(`${STATE_FILE}.new`, STATE_FILE);
}

/** Until the webhook has taken it: a failure is never dropped because a chat was away. */
async function post(text: string): Promise<void> {
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 30_000)) {
    if (WEBHOOK_URL === undefined) return console.log(text);
    const answer = await fetch(WEBHOOK_URL, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }),
    }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

const longshore = createLongshore({ url: LONGSHORE_URL, token: LONGSHORE_TOKEN });
const stopped = longshore.follow("tasks", {
  filter: { lastStatus: ["STOPPED"] },
  select: {
    family: true,
    cluster: { name: true },
    stopCode: true,
    stoppedReason: true,
    stoppedAt: true,
    containers: { name: true, exitCode: true },
  },
  start: saved ? { after: saved.cursor } : "snapshot",
});

for await (const step of stopped) {
  if (step.kind === "synced" || step.kind === "heartbeat") await save(step.cursor);
  // The task stops now. One that is forgotten after a day is REMOVED.
  if (step.kind !== "change" || step.type !== "ADDED") continue;
  const { arn, family, cluster, stopCode, stoppedReason, stoppedAt, containers } = step.entity;
  const failed = containers.filter(({ exitCode }) => exitCode !== null && exitCode !== 0);
  const isFailure =
    stopCode === "TaskFailedToStart" ||
    (stopCode === "EssentialContainerExited" && failed.length > 0);
  if (!isFailure || told.has(arn) || (stoppedAt ?? since) < since) continue;
  const exits = failed.map(({ name, exitCode }) => `${name} exited with ${exitCode}`).join(", ");
  await post(
    `${family} in ${cluster.name} failed: ${exits || (stoppedReason ?? stopCode)} (${arn})`,
  );
  told.add(arn);
  await save(step.cursor);
}
