// A service that ECS services cannot express: one cache for every four instances, however many there are, spread over
// the zones, each alone on the fullest instance with room for it. Run it twice: one copy acts, the other takes over.
//   npm run example -- bin-pack    (CLUSTER=quay-staging PER=2)
import { controller, createLauncher, holdLease, openKit, watching } from "longshore/scheduler";
import type { Plan } from "longshore/scheduler";

const { CLUSTER: cluster = "harbor-prod", PER = "4" } = process.env;
const cache = { taskDefinition: "tide-worker", memory: 384 };
const kit = openKit({ name: "bin-pack" });
const lease = holdLease({ kit, onChange: (acts) => console.log(acts ? "acting" : "deposed") });
const launcher = createLauncher({ kit, lease });
const wanted = { cluster, desiredStatus: "RUNNING" } as const;
const tasks = kit.client.informer({ watch: "tasks", filter: wanted });
const active = { cluster, status: "ACTIVE" } as const;
const instances = kit.client.informer({ watch: "containerInstances", filter: active });
type Host = { arn: string; zone: string | null; memory: number };
type Seen = { hosts: Host[]; caches: { key: string; arn: string; host: Host | undefined }[] };
type Action = { stop: string } | { key: string; containerInstance: string };
const plan: Plan<number, Seen, Action> = (per, { hosts, caches }) => {
  const keys = Array.from({ length: Math.floor(hosts.length / per) }, (_, n) => `cache/${n}`);
  // An instance that drains is not among the hosts: its cache goes elsewhere.
  const surplus = caches.filter(({ key, host }) => !host || !keys.includes(key));
  const actions: Action[] = surplus.map(({ arn }) => ({ stop: arn }));
  const taken = caches.flatMap(({ host }) => host ?? []);
  const inZone = (zone: string | null) => taken.filter((each) => each.zone === zone).length;
  for (const key of keys.filter((key) => !caches.some((each) => each.key === key))) {
    const free = hosts.filter((host) => !taken.includes(host) && host.memory >= cache.memory);
    const [on] = free.sort((a, b) => inZone(a.zone) - inZone(b.zone) || a.memory - b.memory);
    if (on) actions.push({ key, containerInstance: on.arn });
    if (on) taken.push(on);
  }
  return actions;
};

function observe(): Seen {
  const hosts = instances.list().map(({ arn, availabilityZone: zone, remainingResources }) => {
    const memory = remainingResources.find(({ name }) => name === "MEMORY")?.value ?? 0;
    return { arn, zone, memory: Number(memory) };
  });
  const hostOf = (instance: string | null) => hosts.find(({ arn }) => arn === instance);
  const own = launcher.own(tasks.list()).map(({ key, task: { arn, containerInstanceArn } }) => {
    return { key, arn, host: hostOf(containerInstanceArn) };
  });
  return { hosts, caches: own };
}

async function reconcile() {
  let again = 60_000;
  for (const action of plan(Number(PER), observe(), kit.clock.now())) {
    if ("stop" in action) await launcher.stop(action.stop, "not needed there any more");
    else again = Math.min(again, (await launcher.start({ ...cache, ...action })).again ?? again);
    console.log(action);
  }
  return { again };
}

const watch = [watching(instances, () => "all"), watching(tasks, () => "all")];
controller({ kit, lease, watch, reconcile, keys: ["all"], onError: console.error });
process.once("SIGTERM", () => void kit.close());
