// Which groups the tasks of an instance had around each change: an expression may ask for `task:group`, so an instance
// starts or stops to match when a task comes or goes. Pure.
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { arnId } from "../../ecs/arn.ts";
import type { ContainerInstance } from "../../ecs/container-instance.ts";
import { isStopped } from "../../ecs/task.ts";
import type { Task } from "../../ecs/task.ts";
import type { Step, StepsAt } from "./topic.ts";

const asTask = (entity: Change["after"]): Task | undefined =>
  entity?.kind === "task" ? entity : undefined;

/** The group that a task gives its instance. */
function given(
  task: Task | undefined,
): { readonly id: string; readonly group: string } | undefined {
  if (task?.group === undefined || task.containerInstanceArn === undefined) return undefined;
  return isStopped(task) ? undefined : { id: arnId(task.containerInstanceArn), group: task.group };
}

/** Steps of instances with the groups around each, and steps where those alone differ. The view is behind the last change. */
export function stepsWithTaskGroups(
  changes: readonly Change[],
  view: ClusterView,
  stepsOf: (change: Change, view: ClusterView) => readonly Step<ContainerInstance>[],
): readonly StepsAt<ContainerInstance>[] {
  const past = new Past(view);
  const found: StepsAt<ContainerInstance>[] = [];
  // Backwards, because only the end is known whole.
  for (const change of changes.toReversed()) {
    const steps = change.kind === "t" ? past.undoTask(change) : past.undoInstance(change, stepsOf);
    if (steps.length > 0) found.push({ seq: change.seq, steps });
  }
  return found.toReversed();
}

/** Instances and the groups on them, as they were before the changes that have been undone. */
class Past {
  readonly #view: ClusterView;
  readonly #instances = new Map<string, ContainerInstance | undefined>();
  readonly #groups = new Map<string, Map<string, number>>();

  constructor(view: ClusterView) {
    this.#view = view;
  }

  undoInstance(
    change: Change,
    stepsOf: (change: Change, view: ClusterView) => readonly Step<ContainerInstance>[],
  ): readonly Step<ContainerInstance>[] {
    return stepsOf(change, this.#view).map((step) => {
      this.#instances.set(change.id, step.before);
      const groups = new Set(this.#groupsOn(change.id).keys());
      return { ...step, taskGroups: { before: groups, after: groups } };
    });
  }

  undoTask(change: Change): readonly Step<ContainerInstance>[] {
    const [was, is] = [given(asTask(change.before)), given(asTask(change.after))];
    if (was?.id === is?.id && was?.group === is?.group) return [];
    const ids = new Set([was, is].flatMap((each) => (each ? [each.id] : [])));
    return [...ids].flatMap((id): Step<ContainerInstance>[] => {
      const groups = this.#groupsOn(id);
      const after = new Set(groups.keys());
      if (is?.id === id) count(groups, is.group, -1);
      if (was?.id === id) count(groups, was.group, 1);
      const before = new Set(groups.keys());
      const instance = this.#instances.has(id)
        ? this.#instances.get(id)
        : this.#view.instances.get(id);
      if (!instance) return [];
      return [{ before: instance, after: instance, changed: [], taskGroups: { before, after } }];
    });
  }

  #groupsOn(id: string): Map<string, number> {
    let groups = this.#groups.get(id);
    if (!groups) {
      groups = new Map();
      for (const taskId of this.#view.tasksOn(id)) {
        const each = given(this.#view.tasks.get(taskId));
        if (each) count(groups, each.group, 1);
      }
      this.#groups.set(id, groups);
    }
    return groups;
  }
}

function count(groups: Map<string, number>, group: string, by: number): void {
  const left = (groups.get(group) ?? 0) + by;
  if (left > 0) groups.set(group, left);
  else groups.delete(group);
}
