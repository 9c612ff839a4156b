// What the list of tasks says of each.
import { since } from "../derive.ts";
import { instanceName, shortId, taskTone } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Task } from "../model.ts";
import { Age } from "../parts/age.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";
import type { Column } from "../table/column.ts";

const statusText = ({ lastStatus, desiredStatus }: Task): string =>
  lastStatus === "RUNNING" && desiredStatus === "STOPPED" ? "RUNNING, to stop" : lastStatus;

export function taskColumns(live: Live): readonly Column<Task>[] {
  const instanceOf = ({ containerInstanceArn }: Task): string => {
    if (containerInstanceArn === null) return "";
    const instance = live.fleet.instances.get(containerInstanceArn);
    return instance
      ? instanceName(instance)
      : shortId(containerInstanceArn.slice(containerInstanceArn.lastIndexOf("/") + 1));
  };
  return [
    {
      id: "task",
      title: "Task",
      width: 13,
      essential: true,
      text: ({ family, id }) => `${family} ${id}`,
      show: ({ arn, family, id }) => (
        <a href={links.task(arn)}>
          {family} <span class="id quiet">{shortId(id)}</span>
        </a>
      ),
    },
    {
      id: "status",
      title: "Status",
      width: 8,
      essential: true,
      text: ({ lastStatus }) => lastStatus,
      show: (task) => (
        <Chip
          text={statusText(task)}
          tone={taskTone(task)}
          title={task.stoppedReason ?? undefined}
        />
      ),
    },
    {
      id: "health",
      title: "Health",
      width: 7,
      text: ({ healthStatus }) => healthStatus ?? "",
      show: ({ healthStatus, containerHealth }) =>
        healthStatus === "UNHEALTHY" ? (
          <Chip text="UNHEALTHY" tone="bad" title={containerHealth || undefined} />
        ) : (
          <span class="quiet" title={containerHealth || undefined}>
            {healthStatus?.toLowerCase() ?? "–"}
          </span>
        ),
    },
    {
      id: "group",
      title: "Group",
      width: 12,
      text: ({ group }) => group ?? "",
    },
    {
      id: "instance",
      title: "Instance",
      width: 12,
      text: instanceOf,
      show: (task) =>
        task.containerInstanceArn === null ? (
          <span class="quiet">{task.launchType ?? "–"}</span>
        ) : (
          <a class="id" href={links.instance(task.containerInstanceArn)}>
            {instanceOf(task)}
          </a>
        ),
    },
    {
      id: "cluster",
      title: "Cluster",
      width: 9,
      text: ({ cluster }) => cluster.name,
      show: ({ cluster }) => <a href={links.cluster(cluster.arn)}>{cluster.name}</a>,
    },
    {
      id: "since",
      title: "Since",
      width: 5,
      number: true,
      essential: true,
      text: (task) => since(task) ?? "",
      show: (task) => <Age key={since(task)} at={since(task)} nowMs={live.nowMs} />,
    },
    {
      id: "containers",
      title: "Container health",
      width: 16,
      extra: true,
      text: ({ containerHealth }) => containerHealth,
    },
    {
      id: "daemon",
      title: "Daemon",
      width: 8,
      extra: true,
      text: ({ daemon }) => daemon?.name ?? "",
    },
    { id: "launch", title: "Launch", width: 6, extra: true, text: (task) => task.launchType ?? "" },
    {
      id: "desired",
      title: "Desired",
      width: 7,
      extra: true,
      text: ({ desiredStatus }) => desiredStatus,
    },
    { id: "code", title: "Stop code", width: 12, extra: true, text: (task) => task.stopCode ?? "" },
    {
      id: "reason",
      title: "Reason",
      width: 20,
      extra: true,
      text: ({ stoppedReason }) => stoppedReason ?? "",
    },
    {
      id: "created",
      title: "Created",
      width: 13,
      extra: true,
      text: (task) => task.createdAt ?? "",
    },
    { id: "arn", title: "ARN", width: 32, extra: true, text: ({ arn }) => arn },
  ];
}
