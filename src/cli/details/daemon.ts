// The details of a daemon: how it stands and why, where it does not run as it should, its revisions and what was done.
// Pure.
import { arnId } from "../../ecs/arn.ts";
import { number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { resources } from "../resources/all.ts";
import { at, count, currentRevision, say } from "../resources/fields.ts";
import { toneOfWord } from "../style.ts";
import { age } from "../table.ts";
import { duration, factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

/** Of a thousand placements those that need somebody's eye are shown, the rest is counted. */
const placementsShown = 20;
const fine = new Set(["RUNNING", "SUCCEEDED", "EXCLUDED"]);

/** `wave 2 of 5`, of a rollout that is under way. */
function waveText(daemon: JsonObject): string {
  const plan = at(daemon, "plan");
  const isUnderWay = say(at(daemon, "status"), "phase") === "ROLLING_OUT";
  return isUnderWay && number(plan, "wave") !== undefined
    ? `wave ${count(plan, "wave")} of ${count(plan, "waveCount")}`
    : "";
}

function facts(daemon: JsonObject, now: number): readonly Fact[] {
  const [status, rollout, current] = [
    at(daemon, "status"),
    at(daemon, "rollout"),
    currentRevision(daemon),
  ];
  const numbers = ["desired", "running", "healthy", "updated", "outdated", "waiting", "failed"];
  return [
    ["Daemon", say(daemon, "name")],
    ["Cluster", say(at(daemon, "cluster"), "name")],
    ["Phase", say(status, "phase"), toneOfWord(say(status, "phase"))],
    ["Since", moment(say(status, "since"), now)],
    ["Because", say(status, "reason")],
    ["Progress", waveText(daemon)],
    ["Instances", numbers.map((name) => `${count(status, name)} ${name}`).join(", ")],
    ["Mode", say(daemon, "mode")],
    ["Launch", say(daemon, "launch")],
    ["Task definition", arnId(say(current, "taskDefinition"))],
    ["Selector", text(current, "selector") ?? "every container instance"],
    ["Revision", `${count(daemon, "revision")} (stable: ${count(daemon, "stableRevision")})`],
    [
      "Rollout",
      `${say(rollout, "method")}, ${count(rollout, "minHealthyPercent")} % stay healthy, ${count(rollout, "maxOverPercent")} % may have two, canary ${count(rollout, "canaryPercent")} %${rollout["autoRollback"] === true ? ", taken back by itself" : ""}`,
    ],
    ["Drain order", number(daemon, "drainOrder") ? count(daemon, "drainOrder") : ""],
    ["Readiness", say(daemon, "readinessAttribute")],
  ];
}

function placementRows(nodes: readonly JsonObject[], now: number): string[][] {
  const eye = nodes.filter((each) => !fine.has(say(each, "state")));
  return eye.slice(0, placementsShown).map((each) => {
    const next = Date.parse(say(each, "nextAttemptAt"));
    return [
      arnId(say(at(each, "containerInstance"), "arn")),
      say(each, "state"),
      age(text(each, "since"), now),
      number(each, "attempts") ? count(each, "attempts") : "",
      Number.isNaN(next) ? "" : `in ${duration(Math.max(0, next - now))}`,
      count(each, "exitCode"),
      say(each, "reason"),
    ];
  });
}

/** `Placements: 20 RUNNING, 1 FAILED`. */
function placementCounts(placements: JsonObject): string {
  const counts = new Map<string, number>();
  for (const each of objects(placements, "nodes"))
    counts.set(say(each, "state"), (counts.get(say(each, "state")) ?? 0) + 1);
  const told = [...counts].map(([state, much]) => `${much} ${state}`).join(", ");
  const more = (number(placements, "totalCount") ?? 0) - objects(placements, "nodes").length;
  return more > 0 ? `${told}, and ${more} more` : told;
}

function lines(daemon: JsonObject, view: View): string[] {
  const placements = at(daemon, "placements");
  return [
    ...factLines([...facts(daemon, view.now), ["Placements", placementCounts(placements)]], view),
    ...section(
      "Not running",
      [
        { title: "INSTANCE", id: true },
        { title: "STATE", tone: toneOfWord },
        { title: "SINCE", align: "right" },
        { title: "TRIES", align: "right", drop: 2 },
        { title: "NEXT", drop: 1 },
        { title: "EXIT", align: "right", drop: 3 },
        { title: "WHY" },
      ],
      placementRows(objects(placements, "nodes"), view.now),
      view,
    ),
    ...section(
      "Revisions",
      [
        { title: "REVISION", align: "right" },
        { title: "TASK DEFINITION" },
        { title: "AGE", align: "right" },
        { title: "SELECTOR" },
      ],
      objects(daemon, "revisions")
        .slice(0, 10)
        .map((each) => [
          count(each, "revision"),
          arnId(say(each, "taskDefinition")),
          age(text(each, "createdAt"), view.now),
          say(each, "selector"),
        ]),
      view,
    ),
    ...section(
      "Events",
      [
        { title: "AGE", align: "right" },
        { title: "WHAT" },
        { title: "INSTANCE", id: true, drop: 1 },
        { title: "WHY" },
      ],
      objects(daemon, "events").map((event) => [
        age(text(event, "at"), view.now),
        say(event, "type"),
        arnId(say(event, "containerInstance")),
        say(event, "reason"),
      ]),
      view,
    ),
  ];
}

export const daemonDetail: Detail = {
  resource: resources.daemons,
  document: `query($cluster: String!, $name: String!) {
    node: daemon(cluster: $cluster, name: $name) {
      cluster { arn name } name mode launch paused drainOrder readinessAttribute revision stableRevision
      rollout { method minHealthyPercent maxOverPercent canaryPercent autoRollback }
      revisions { revision taskDefinition selector overrides networkConfiguration tags { key value } createdAt }
      status { phase reason since desired running healthy updated outdated waiting failed succeeded }
      plan { wave waveCount }
      placements(first: 1000) {
        totalCount
        nodes { containerInstance { arn } task { arn } state reason since attempts nextAttemptAt exitCode }
      }
      events(first: 10) { at type containerInstance task revision reason }
    }
  }`,
  lines,
  triggers: (daemon) => {
    const cluster = say(at(daemon, "cluster"), "arn");
    return [{ resource: resources.daemons, filter: { cluster, name: say(daemon, "name") } }];
  },
};
