// How many container instances each cluster should have: what is reserved, and what waits for room, by the size of its
// instances. Prints a line when the figure changes; an Auto Scaling policy would take it as its metric.
//   npm run example -- autoscaling-signal    (TARGET_PERCENT=80 leaves a fifth free)
import { createLongshore } from "longshore/client";

const {
  LONGSHORE_URL = "http://127.0.0.1:4000",
  LONGSHORE_TOKEN,
  TARGET_PERCENT = "80",
} = process.env;

interface Resources {
  readonly cpu: number;
  readonly memory: number;
}

const amount = (resources: readonly { name: string; value: string }[], name: string) =>
  Number(resources.find((each) => each.name === name)?.value ?? 0);
const both = (resources: readonly { name: string; value: string }[]): Resources => ({
  cpu: amount(resources, "CPU"),
  memory: amount(resources, "MEMORY"),
});
const sum = (list: readonly Resources[], of: keyof Resources) =>
  list.reduce((total, each) => total + each[of], 0);

/** The least number of instances, of the average size, in which everything fits with room to spare. */
function desiredInstances(
  sizes: readonly Resources[],
  reserved: readonly Resources[],
  target: number,
): number {
  const needed = (of: keyof Resources) =>
    (sum(reserved, of) * sizes.length) / (Math.max(1, sum(sizes, of)) * target);
  return Math.max(Math.ceil(needed("cpu")), Math.ceil(needed("memory")));
}

const longshore = createLongshore({ url: LONGSHORE_URL, token: LONGSHORE_TOKEN });
const instances = longshore.informer({
  watch: "containerInstances",
  select: {
    cluster: { name: true },
    status: true,
    registeredResources: { name: true, value: true },
  },
  indexes: { cluster: ({ cluster, status }) => (status === "INACTIVE" ? null : cluster.name) },
});
// A task reserves its place from PENDING on, and waits for one while it is PROVISIONING.
const tasks = longshore.informer({
  watch: "tasks",
  filter: { lastStatus: ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"], launchType: "EC2" },
  select: { cluster: { name: true }, cpu: true, memory: true, lastStatus: true },
  indexes: { cluster: ({ cluster }) => cluster.name },
});

const said = new Map<string, string>();
function signal(): void {
  for (const name of new Set(instances.list().map(({ cluster }) => cluster.name))) {
    const there = instances.byIndex("cluster", name);
    const sizes = there.map(({ registeredResources }) => both(registeredResources));
    const placed = tasks.byIndex("cluster", name);
    const reserved = placed.map(({ cpu, memory }) => ({
      cpu: Number(cpu),
      memory: Number(memory),
    }));
    const line = JSON.stringify({
      cluster: name,
      desired: desiredInstances(sizes, reserved, Number(TARGET_PERCENT) / 100),
      active: there.filter(({ status }) => status === "ACTIVE").length,
      pending: placed.filter(({ lastStatus }) => lastStatus !== "RUNNING").length,
    });
    if (said.get(name) !== line) console.log(line);
    said.set(name, line);
  }
}

await Promise.all([instances.whenSynced(), tasks.whenSynced()]);
signal();
// Many changes come together: one look a second is enough.
setInterval(signal, 1000);
