// Saves what is on a container instance before it goes: a task that runs once on each that starts draining, and that Auto
// Scaling waits for. Says what became of each by the ledger.
//   npm run example -- save-volume    (CLUSTER=quay-staging TASK_DEFINITION=save-volume:1)
//   aws ecs update-container-instances-state --cluster harbor-prod --status DRAINING --container-instances ...
import { createLongshore } from "longshore/client";

const { LONGSHORE_URL = "http://127.0.0.1:4000", LONGSHORE_TOKEN } = process.env;
const { CLUSTER: cluster = "harbor-prod", TASK_DEFINITION: taskDefinition = "save-volume" } =
  process.env;
const name = "save-volume";
const longshore = createLongshore({ url: LONGSHORE_URL, token: LONGSHORE_TOKEN });

const input = { cluster, name, taskDefinition, mode: "ONCE_LEAVING" } as const;
await longshore.mutate("registerDaemon", { input }, { daemon: { name: true } }).catch((error) => {
  // It is there since an earlier time.
  if (error.code !== "CONFLICT") throw error;
});

const ledger = {
  containerInstance: { arn: true },
  state: true,
  generation: true,
  reason: true,
} as const;
const placements = [{ first: 1000 }, { nodes: ledger }] as const;
const daemons = longshore.informer({
  watch: "daemons",
  filter: { cluster, name },
  select: { placements },
});
const draining = longshore.informer({
  watch: "containerInstances",
  filter: { cluster, status: "DRAINING" },
  select: { ec2InstanceId: true },
});

const said = new Map<string, string>();
function tell(): void {
  for (const { placements } of daemons.list())
    for (const { containerInstance, state, generation, reason } of placements.nodes) {
      // Where nothing drains there is nothing to be said.
      if (!draining.get(containerInstance.arn) && !said.has(containerInstance.arn)) continue;
      const line = `${containerInstance.arn} run ${generation}: ${state}`;
      if (said.get(containerInstance.arn) !== line) console.log(`${line} (${reason})`);
      said.set(containerInstance.arn, line);
    }
}
daemons.on("modified", tell);
draining.on("added", tell);
draining.on("removed", async ({ arn }) => {
  const daemon = await longshore.query("daemon", { cluster, name }, { placements });
  const its = daemon?.placements.nodes.filter(
    ({ containerInstance }) => containerInstance.arn === arn,
  );
  const isSaved = its?.some(({ state }) => state === "SUCCEEDED");
  console.log(`${arn} drains no more: ${isSaved ? "saved" : "NOT SAVED"}`);
});
await Promise.all([daemons.whenSynced(), draining.whenSynced()]);
console.log("following");
