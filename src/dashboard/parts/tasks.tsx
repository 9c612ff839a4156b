// The task table: what matches the filter, newest status first, never more rows than a browser draws with ease.
import { useComputed, useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { Component } from "preact";
import { shownAge, since, taskRows } from "../derive.ts";
import type { Row } from "../derive.ts";
import { shortId, taskTone } from "../feed.ts";
import type { Live } from "../live.ts";

interface RowProps extends Row {
  readonly nowMs: ReadonlySignal<number>;
  readonly onOpen: (arn: string) => void;
}

/** Text that ages on its own, without its row being drawn anew. */
function Age({
  at,
  nowMs,
}: {
  readonly at: string | null;
  readonly nowMs: ReadonlySignal<number>;
}) {
  const text = useComputed(() => shownAge(at, nowMs.value) ?? "–");
  return <time dateTime={at ?? undefined}>{text}</time>;
}

class TaskRow extends Component<RowProps> {
  override shouldComponentUpdate({ task, instance, leaving }: RowProps): boolean {
    const shown = this.props;
    return task !== shown.task || instance !== shown.instance || leaving !== shown.leaving;
  }

  override render() {
    const { task, instance, leaving, nowMs, onOpen } = this.props;
    const arn = task.containerInstanceArn;
    const isStopping = task.lastStatus === "RUNNING" && task.desiredStatus === "STOPPED";
    return (
      <tr class={leaving ? "leaving" : undefined} data-arn={task.arn}>
        <td>
          <span class="chip" data-tone={taskTone(task)} title={task.stoppedReason ?? undefined}>
            {task.lastStatus}
            {isStopping && " → STOPPED"}
          </span>
        </td>
        <th scope="row">
          {task.family} <span class="quiet id">{shortId(task.id)}</span>
        </th>
        <td title={task.group ?? undefined}>{task.group ?? "–"}</td>
        <td class="id">
          {arn !== null && instance !== "" ? (
            <button type="button" class="link" onClick={() => onOpen(arn)}>
              {instance}
            </button>
          ) : (
            (task.launchType ?? "–")
          )}
        </td>
        <td>{task.cluster.name}</td>
        <td class="number">
          <Age key={since(task) ?? ""} at={since(task)} nowMs={nowMs} />
        </td>
      </tr>
    );
  }
}

/** The table of tasks with its filter box. */
export function Tasks({
  live,
  onOpen,
}: {
  readonly live: Live;
  readonly onOpen: (arn: string) => void;
}) {
  const filter = useSignal("");
  const tasks = useComputed(() => live.state.value.tasks);
  const leaving = useComputed(() => live.state.value.leaving);
  const instances = useComputed(() => live.state.value.instances);
  const found = useComputed(() =>
    taskRows(
      { tasks: tasks.value, leaving: leaving.value, instances: instances.value },
      filter.value,
    ),
  );
  const { rows, matching } = found.value;
  const more = matching - rows.length;
  return (
    <section id="tasks" class="card" aria-labelledby="tasks-title">
      <div class="card-head">
        <h2 id="tasks-title">Tasks</h2>
        <p class="quiet">
          {matching.toLocaleString("en")}
          {filter.value && ` of ${tasks.value.size.toLocaleString("en")}`}
        </p>
        <label class="filter">
          <span class="hidden">Filter tasks</span>
          <input
            type="search"
            placeholder="Filter: status, family, group, instance"
            value={filter}
            onInput={({ currentTarget }) => (filter.value = currentTarget.value)}
          />
        </label>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="tasks-title">
        <table class="tasks">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Family</th>
              <th scope="col">Group</th>
              <th scope="col">Instance</th>
              <th scope="col">Cluster</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <TaskRow key={row.task.arn} {...row} nowMs={live.nowMs} onOpen={onOpen} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && (
        <p class="empty">{filter.value ? "No task matches this filter." : "No task runs."}</p>
      )}
      {more > 0 && (
        <p class="quiet more">{more.toLocaleString("en")} more; the filter narrows them down.</p>
      )}
    </section>
  );
}
