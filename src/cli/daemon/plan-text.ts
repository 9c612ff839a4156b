// A plan in words: what is started, stopped, kept and skipped, why, and in which waves. Pure.
import { arnId } from "../../ecs/arn.ts";
import type { Skip, Wave } from "../../client/generated/schema.ts";
import { plainPaint } from "../style.ts";
import type { Paint, Tone } from "../style.ts";
import { layOutLine, layOutTable, shortestIds } from "../table.ts";

/** What is shown of a plan; of one that is under way no waves are told. */
export interface PlanShown {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly keep: readonly string[];
  readonly skip: readonly Skip[];
  readonly waves?: readonly Wave[];
  readonly apiCalls?: number;
}

const namesShown = 5;
const wavesShown = 8;

/** The first few names of a list, and how many more there are. */
function someNames(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

const tones: Readonly<Record<string, Tone>> = { start: "good", stop: "bad", keep: "dim" };

/** Ids of ARNs, as short as tells them apart: commands take that, too. */
function shortIds(arns: readonly string[]): string[] {
  const ids = arns.map(arnId);
  const length = shortestIds(ids);
  return ids.map((id) => id.slice(0, length));
}

const skippedOnes = (skips: readonly Skip[]): string[] =>
  shortIds(skips.map(({ containerInstance }) => containerInstance));

/** Reasons with the instances that each holds for, the commonest first. */
function skipLines({ skip }: PlanShown, width: number | undefined): string[] {
  const byReason = Map.groupBy(skip, ({ reason }) => reason);
  return [...byReason]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, skips]) => {
      const line = `  ${skips.length} skipped: ${reason}: ${someNames(skippedOnes(skips))}`;
      return layOutLine([line], width);
    });
}

function waveLines({ waves = [], apiCalls = 0 }: PlanShown): string[] {
  if (waves.length === 0) return [];
  const told = waves.slice(0, wavesShown).map((wave, index) => {
    const parts = (["start", "replace", "stop"] as const).flatMap((what) => {
      const much = wave[what].length;
      return much === 0 ? [] : [`${what} ${much}`];
    });
    return `  wave ${index + 1}: ${parts.join(", ")}`;
  });
  const more = waves.length - told.length;
  return [
    `${waves.length === 1 ? "one wave" : `${waves.length} waves`}, ${apiCalls} ECS calls in all; each begins when the one before is healthy`,
    ...told,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** A plan as lines: what happens, how often, to which. */
export function describePlan(
  plan: PlanShown,
  width: number | undefined,
  paint: Paint = plainPaint,
): string[] {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ["start", "on instances", shortIds(plan.start)],
    ["stop", "tasks", shortIds(plan.stop)],
    ["keep", "tasks", shortIds(plan.keep)],
    ["skip", "instances", skippedOnes(plan.skip)],
  ];
  const table = layOutTable(
    [
      { title: "PLAN", tone: (word) => tones[word] },
      { title: "COUNT", align: "right" },
      { title: "" },
      { title: "WHICH" },
    ],
    rows.map(([action, what, names]) => [action, String(names.length), what, someNames(names)]),
    width,
    paint,
  );
  return [...table, ...skipLines(plan, width), ...waveLines(plan)];
}
