// What a person may do to a daemon, each with the plan shown before it happens; what takes tasks away for good asks for
// the daemon's name. Shown to tokens that may change things, and to nobody else.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Live } from "../live.ts";
import { Empty, Notice } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { links } from "../shell/route.ts";
import { navigate } from "../shell/router.ts";
import { diffRevisions } from "./diff.ts";
import type { MutationName } from "./documents.ts";
import { Differences } from "./history.tsx";
import type { DaemonDetails, Plan, Revision } from "./model.ts";
import { updateLink } from "./place.ts";
import { PlanPicture } from "./plan-picture.tsx";
import { useMutation, usePreview } from "./use-plan.ts";
import type { Preview } from "./use-plan.ts";

/** A dialog that is open. */
export type Asking =
  | { readonly what: "promote" | "resume" | "deregister" }
  | { readonly what: "rollback"; readonly revision: number }
  | { readonly what: "rerun"; readonly instances: readonly string[] };

interface AskProps {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly onClose: () => void;
}

const named = ({ cluster, name }: DaemonDetails) => ({ cluster: cluster.arn, name });

function Picture({
  live,
  daemon,
  preview,
}: Omit<AskProps, "onClose"> & { readonly preview: Preview }) {
  const { plan, refusal } = preview;
  if (plan) return <PlanPicture live={live} cluster={daemon.cluster.arn} plan={plan} />;
  if (refusal) return <Notice>{refusal.problem}</Notice>;
  return <Empty>Asking what would happen.</Empty>;
}

/** Asks, shows what follows, and does it; stays open to say why not. */
function Confirm({
  live,
  title,
  mutation,
  input,
  send,
  danger = false,
  isReady = true,
  onDone,
  onClose,
  children,
}: {
  readonly live: Live;
  readonly title: string;
  readonly mutation: MutationName;
  readonly input: Readonly<Record<string, unknown>>;
  readonly send: string;
  readonly danger?: boolean;
  readonly isReady?: boolean;
  readonly onDone?: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const { state, run } = useMutation(live);
  const { busy, refusal } = state.value;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady) return;
          void run(mutation, input).then((done) => {
            if (!done) return;
            onClose();
            onDone?.();
          });
        }}
      >
        {children}
        {refusal && <Notice>{refusal.problem}</Notice>}
        <div class="form-end">
          <button type="submit" class={danger ? "danger" : "primary"} disabled={busy || !isReady}>
            {busy ? "Sending" : send}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Promote({ live, daemon, onClose }: AskProps) {
  // Without its canary the same revision goes on as a promoted one does.
  const input = { ...named(daemon), rollout: { canaryPercent: 0 } };
  const preview = usePreview(live, "updateDaemon", input).value;
  return (
    <Confirm
      live={live}
      title={`Promote revision ${daemon.revision} of ${daemon.name}`}
      mutation="promoteDaemon"
      input={named(daemon)}
      send="Promote"
      onClose={onClose}
    >
      <p>The canary goes on to the whole fleet, wave by wave.</p>
      <Picture live={live} daemon={daemon} preview={preview} />
    </Confirm>
  );
}

function Resume({ live, daemon, onClose }: AskProps) {
  const preview = usePreview(live, "updateDaemon", { ...named(daemon), paused: false }).value;
  return (
    <Confirm
      live={live}
      title={`Resume ${daemon.name}`}
      mutation="resumeDaemon"
      input={named(daemon)}
      send="Resume"
      onClose={onClose}
    >
      <p>Starting and stopping goes on from what is true now.</p>
      <Picture live={live} daemon={daemon} preview={preview} />
    </Confirm>
  );
}

const contentOf = ({
  taskDefinition,
  selector,
  overrides,
  networkConfiguration,
  tags,
}: Revision) => ({
  taskDefinition,
  selector,
  overrides: overrides ?? {},
  networkConfiguration: networkConfiguration ?? {},
  tags,
});

function Rollback({ live, daemon, revision, onClose }: AskProps & { readonly revision: number }) {
  const chosen = useSignal(revision);
  const target = daemon.revisions.find((each) => each.revision === chosen.value);
  const current = daemon.revisions.find((each) => each.revision === daemon.revision);
  const id = useId();
  // What is known to work needs no canary.
  const input = target && {
    ...named(daemon),
    ...contentOf(target),
    rollout: { canaryPercent: 0 },
  };
  const preview = usePreview(live, "updateDaemon", input).value;
  const others = daemon.revisions.filter((each) => each.revision !== daemon.revision);
  return (
    <Confirm
      live={live}
      title={`Roll back ${daemon.name}`}
      mutation="rollbackDaemon"
      input={{ ...named(daemon), toRevision: chosen.value }}
      send={`Roll back to revision ${chosen.value}`}
      isReady={target !== undefined}
      onClose={onClose}
    >
      <div class="field">
        <label for={id}>Back to</label>
        <select
          id={id}
          value={chosen.value}
          onChange={({ currentTarget }) => (chosen.value = Number(currentTarget.value))}
        >
          {others.map((each) => (
            <option key={each.revision} value={each.revision}>
              {each.revision}: {each.taskDefinition}
              {each.revision === daemon.stableRevision ? " (stable)" : ""}
            </option>
          ))}
        </select>
        <p class="hint">Its content becomes a new revision, {daemon.revision + 1}.</p>
      </div>
      {target && <Differences differences={diffRevisions(current, target)} />}
      <Picture live={live} daemon={daemon} preview={preview} />
    </Confirm>
  );
}

function Rerun({
  live,
  daemon,
  instances,
  onClose,
}: AskProps & { readonly instances: readonly string[] }) {
  const plan: Plan = {
    start: instances,
    stop: [],
    keep: [],
    skip: [],
    waves: [{ start: instances, replace: [], stop: [] }],
    apiCalls: daemon.launch === "RUN_TASK" ? instances.length : Math.ceil(instances.length / 10),
  };
  return (
    <Confirm
      live={live}
      title={`Run ${daemon.name} again`}
      mutation="rerunDaemon"
      input={{ ...named(daemon), containerInstances: instances }}
      send={`Run again on ${instances.length}`}
      onClose={onClose}
    >
      <p>A new run on each chosen container instance; refused where one still runs.</p>
      <PlanPicture live={live} cluster={daemon.cluster.arn} plan={plan} />
    </Confirm>
  );
}

/** Its tasks that run or are on their way, by ARN. */
const tasksOf = (live: Live, { cluster, name }: DaemonDetails): string[] =>
  [...live.fleet.tasks.values()].flatMap((task) =>
    task.daemon?.name === name && task.cluster.arn === cluster.arn ? [task.arn] : [],
  );

function Deregister({ live, daemon, onClose }: AskProps) {
  const typed = useSignal("");
  const stopTasks = useSignal(true);
  const id = useId();
  void live.revisions.task.value;
  const tasks = tasksOf(live, daemon);
  const nothing = { start: [], skip: [], waves: [], apiCalls: tasks.length };
  const plan: Plan = stopTasks.value
    ? { ...nothing, stop: tasks, keep: [] }
    : { ...nothing, stop: [], keep: tasks };
  return (
    <Confirm
      live={live}
      title={`Deregister ${daemon.name}`}
      mutation="deregisterDaemon"
      input={{ ...named(daemon), stopTasks: stopTasks.value }}
      send={
        stopTasks.value ? `Deregister and stop ${tasks.length} tasks` : "Deregister, keep the tasks"
      }
      danger
      isReady={typed.value === daemon.name}
      onClose={onClose}
      onDone={() => navigate(links.daemons)}
    >
      <p>The daemon goes, with its revisions{daemon.mode === "ALWAYS" ? "" : " and its ledger"}.</p>
      <label class="check">
        <input
          type="checkbox"
          checked={stopTasks.value}
          onChange={({ currentTarget }) => (stopTasks.value = currentTarget.checked)}
        />{" "}
        Stop its tasks first. Left running, they belong to nobody.
      </label>
      <PlanPicture live={live} cluster={daemon.cluster.arn} plan={plan} />
      <div class="field">
        <label for={id}>
          Type <b>{daemon.name}</b> to confirm
        </label>
        <input
          id={id}
          type="text"
          value={typed}
          spellcheck={false}
          autocomplete="off"
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
      </div>
    </Confirm>
  );
}

/** The dialog of what is asked. */
export function AskDialog(props: AskProps & { readonly asking: Asking }) {
  const { asking, ...rest } = props;
  if (asking.what === "promote") return <Promote {...rest} />;
  if (asking.what === "resume") return <Resume {...rest} />;
  if (asking.what === "rollback") return <Rollback {...rest} revision={asking.revision} />;
  if (asking.what === "rerun") return <Rerun {...rest} instances={asking.instances} />;
  return <Deregister {...rest} />;
}

/** The row of buttons at the head of a daemon's page. */
export function Controls({
  live,
  daemon,
  onAsk,
}: {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly onAsk: (asking: Asking) => void;
}) {
  const { state, run } = useMutation(live);
  const { mode, rollout, paused, revision, stableRevision, status } = daemon;
  const mayBeCanary = mode === "ALWAYS" && rollout.canaryPercent > 0 && revision !== stableRevision;
  const before = daemon.revisions[1]?.revision;
  if (status.phase === "DELETING") return <span class="quiet">It is being removed.</span>;
  return (
    <>
      {state.value.refusal && <Notice>{state.value.refusal.problem}</Notice>}
      {mayBeCanary && (
        <button type="button" class="primary" onClick={() => onAsk({ what: "promote" })}>
          Promote
        </button>
      )}
      <a class="button" href={updateLink(live, daemon.cluster.arn, daemon.name)}>
        Update
      </a>
      {paused ? (
        <button type="button" onClick={() => onAsk({ what: "resume" })}>
          Resume
        </button>
      ) : (
        <button
          type="button"
          disabled={state.value.busy}
          onClick={() => void run("pauseDaemon", named(daemon))}
        >
          Pause
        </button>
      )}
      {before !== undefined && (
        <button type="button" onClick={() => onAsk({ what: "rollback", revision: before })}>
          Roll back
        </button>
      )}
      <button type="button" class="danger" onClick={() => onAsk({ what: "deregister" })}>
        Deregister
      </button>
    </>
  );
}
