// Why a container instance has or lacks a daemon's task, rule by rule, in the order in which they are looked at. Pure.
import { currentRevision, runsOnce } from "./daemon.ts";
import { isUnseen } from "./judge.ts";
import { startsInVain } from "./placement.ts";
import type { Here, Rules } from "./rules.ts";
import type { Plan } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

export interface ExplainedRule {
  readonly rule: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Explanation {
  /** Whether a task may be started there now. */
  readonly placeable: boolean;
  readonly rules: readonly ExplainedRule[];
}

const rule = (name: string, ok: boolean, detail: string): ExplainedRule => ({
  rule: name,
  ok,
  detail,
});

/** The verdict is the instance's part of the plan for the whole fleet. */
export function explain(rules: Rules, here: Here, verdict: Verdict, plan: Plan): Explanation {
  const { daemon, selects } = rules;
  const { instance, placement } = here;
  const { selector } = currentRevision(daemon);
  const { paused, deleting } = daemon;
  const unseen = isUnseen(placement, here.tasks);
  const attributes = selector === "" ? "it selects every container instance" : selector;
  const explained = [
    rule(
      "the cluster was compared with ECS",
      plan.waits === undefined,
      plan.waits?.reason ?? "compared",
    ),
    rule("daemon is not paused", !paused, paused ? "paused" : "not paused"),
    rule("daemon is not being removed", !deleting, deleting ? "being removed" : "in force"),
    rule("selector selects it", selects(instance), attributes),
    statusRule(rules, here),
    rule(
      "agent is connected",
      instance.agentConnected,
      instance.agentConnected ? "connected" : "not connected",
    ),
    rule(
      "no task of this daemon is there",
      verdict.task === undefined,
      verdict.task === undefined ? "none" : `${verdict.task.arn}, ${verdict.task.lastStatus}`,
    ),
    rule("no start is under way", !unseen, unseen ? `launch ${placement?.launchId}` : "none"),
    rule(
      "no earlier failure speaks against it",
      verdict.why !== "backoff" && verdict.why !== "waits for change" && verdict.why !== "missing",
      placement && startsInVain(placement) > 0
        ? `${placement.state}, attempt ${startsInVain(placement)}${placement.reason ? `: ${placement.reason}` : ""}`
        : "none",
    ),
    ...(runsOnce(daemon) ? [ledgerRule(here)] : [rolloutRule(verdict, plan)]),
    rule(
      "verdict",
      verdict.action === "keep" || verdict.action === "start",
      `${verdict.action}: ${verdict.reason}`,
    ),
  ];
  return { placeable: verdict.action === "start", rules: explained };
}

function statusRule({ daemon, holdsDrain }: Rules, { instance }: Here): ExplainedRule {
  const wanted = daemon.mode === "ONCE_LEAVING" ? "DRAINING" : "ACTIVE";
  const held =
    instance.status === "DRAINING" && !runsOnce(daemon) ? holdsDrain(instance) : undefined;
  const detail = held === undefined ? instance.status : `${instance.status}, and ${held}`;
  return rule(`status is ${wanted}`, instance.status === wanted, detail);
}

function ledgerRule({ placement }: Here): ExplainedRule {
  const isOpen = placement?.state !== "SUCCEEDED" && placement?.state !== "SKIPPED";
  const detail = placement ? `run ${placement.generation}: ${placement.state}` : "it has not run";
  return rule("it has not run to success", isOpen, detail);
}

function rolloutRule({ why, reason }: Verdict, { rollout }: Plan): ExplainedRule {
  const isHeld = why === "turn" || why === "canary" || why === "blocked";
  const standing = `${rollout.healthy} of ${rollout.size} are healthy, ${rollout.needed} must stay so`;
  return rule("the rollout lets it through", !isHeld, isHeld ? `${reason}; ${standing}` : standing);
}
