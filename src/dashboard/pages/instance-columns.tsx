// What the list of container instances says of each.
import { instanceName } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Capacity, Instance } from "../model.ts";
import { Age } from "../parts/age.tsx";
import { Meter } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { instanceTone } from "../map/meaning.ts";
import { links } from "../shell/route.ts";
import type { Column } from "../table/column.ts";

const usedShare = (capacity: Capacity | null): number =>
  capacity === null ? -1 : 1 - capacity.free / capacity.total;

function capacityColumn(
  id: "cpu" | "memory",
  title: string,
  shown: (amount: number) => string,
): Column<Instance> {
  const text = ({ [id]: capacity }: Instance) =>
    capacity === null ? "" : `${shown(capacity.free)} of ${shown(capacity.total)}`;
  return {
    id,
    title,
    width: 9,
    text,
    sort: (instance) => usedShare(instance[id]),
    show: (instance) => {
      const capacity = instance[id];
      if (capacity === null) return "–";
      return (
        <Meter
          label={`${title} in use`}
          value={capacity.total - capacity.free}
          max={capacity.total}
          text={`${Math.round(100 * usedShare(capacity))} %`}
        />
      );
    },
  };
}

/** 1024 units are a core. */
const cores = (units: number): string => `${Math.round(units / 102.4) / 10} cores`;
const gib = (mib: number): string => `${Math.round(mib / 102.4) / 10} GiB`;

function sinceColumn(
  field: "statusSince" | "agentConnectedSince",
  title: string,
  live: Live,
): Column<Instance> {
  return {
    id: field,
    title,
    width: 7,
    number: true,
    extra: true,
    text: ({ [field]: at }) => at ?? "",
    show: ({ [field]: at }) => <Age key={at} at={at} nowMs={live.nowMs} />,
  };
}

export function instanceColumns(live: Live): readonly Column<Instance>[] {
  const tasksOn = ({ arn }: Instance) => live.fleet.tasksOn(arn).size;
  return [
    {
      id: "instance",
      title: "Instance",
      width: 13,
      essential: true,
      text: instanceName,
      show: (instance) => (
        <a class="id" href={links.instance(instance.arn)}>
          {instanceName(instance)}
        </a>
      ),
    },
    {
      id: "status",
      title: "Status",
      width: 8,
      essential: true,
      text: ({ status }) => status,
      show: (instance) => (
        <Chip
          text={instance.status}
          tone={instanceTone(instance)}
          title={instance.statusReason ?? undefined}
        />
      ),
    },
    {
      id: "agent",
      title: "Agent",
      width: 6,
      text: ({ agentConnected }) => (agentConnected ? "on" : "off"),
      show: ({ agentConnected }) =>
        agentConnected ? "on" : <Chip text="off" tone="bad" title="The agent is disconnected" />,
    },
    {
      id: "tasks",
      title: "Tasks",
      width: 5,
      number: true,
      essential: true,
      text: (instance) => String(tasksOn(instance)),
      sort: tasksOn,
      show: (instance) => <TaskCount live={live} arn={instance.arn} />,
    },
    capacityColumn("cpu", "CPU", cores),
    capacityColumn("memory", "Memory", gib),
    {
      id: "cluster",
      title: "Cluster",
      width: 10,
      text: ({ cluster }) => cluster.name,
      show: ({ cluster }) => <a href={links.cluster(cluster.arn)}>{cluster.name}</a>,
    },
    { id: "zone", title: "Zone", width: 8, text: (each) => each.availabilityZone ?? "external" },
    { id: "type", title: "Type", width: 8, text: ({ instanceType }) => instanceType ?? "" },
    {
      id: "registered",
      title: "Registered",
      width: 7,
      number: true,
      text: ({ registeredAt }) => registeredAt ?? "",
      show: ({ registeredAt }) => <Age key={registeredAt} at={registeredAt} nowMs={live.nowMs} />,
    },
    {
      id: "provider",
      title: "Capacity provider",
      width: 10,
      extra: true,
      text: ({ capacityProvider }) => capacityProvider ?? "",
    },
    {
      id: "version",
      title: "Agent version",
      width: 8,
      extra: true,
      text: ({ agentVersion }) => agentVersion ?? "",
    },
    sinceColumn("statusSince", "Status since", live),
    sinceColumn("agentConnectedSince", "Agent since", live),
    { id: "arn", title: "ARN", width: 32, extra: true, text: ({ arn }) => arn },
  ];
}

/** Moves with the tasks, while the row of its instance stays. */
function TaskCount({ live, arn }: { readonly live: Live; readonly arn: string }) {
  void live.revisions.task.value;
  return (
    <a href={links.tasks({ q: `instance:${nameOf(live, arn)}` })}>{live.fleet.tasksOn(arn).size}</a>
  );
}

const nameOf = (live: Live, arn: string): string => {
  const instance = live.fleet.instances.get(arn);
  return instance ? instanceName(instance) : arn.slice(arn.lastIndexOf("/") + 1);
};
