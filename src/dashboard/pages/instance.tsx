// One container instance: what it is, what is left of it, what runs on it, and how each daemon stands there.
import { useMemo } from "preact/hooks";
import { byText, shownTime, since } from "../derive.ts";
import { instanceQuery } from "../documents.ts";
import { shortId, taskTone } from "../feed.ts";
import type { Tone } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Task } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Age, For } from "../parts/age.tsx";
import { Answered, useAsked } from "../parts/asked.tsx";
import { Card, Empty, Facts, Meter, Notice, PageHead, Scroll } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Copy } from "../parts/copy.tsx";
import { at, fieldsOf, isFields, textOr } from "../read.ts";
import type { Fields } from "../read.ts";
import { links } from "../shell/route.ts";

const stateTone = (state: string): Tone => {
  if (state === "RUNNING" || state === "SUCCEEDED") return "good";
  if (state === "FAILED") return "bad";
  return state === "EXCLUDED" || state === "SKIPPED" ? "plain" : "busy";
};

function Resources({ instance }: { readonly instance: Fields }) {
  const left = new Map(
    fieldsOf(instance["remainingResources"]).map(({ name, value }) => [name, value]),
  );
  const rows = fieldsOf(instance["registeredResources"]);
  return (
    <dl class="facts">
      {rows.map(({ name, type, value }) => {
        const label = textOr(name, "");
        const rest = left.get(name);
        const isCounted = type !== "STRINGSET";
        const total = Number(value);
        const free = Number(rest);
        return (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {isCounted ? (
                <Meter
                  label={`${label} in use`}
                  value={total - free}
                  max={total}
                  text={`${free.toLocaleString("en")} of ${total.toLocaleString("en")} free`}
                />
              ) : (
                <span class="id">
                  {textOr(rest, textOr(value, "")).replaceAll(",", ", ") || "–"}
                </span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function DaemonsHere({ live, instance }: { readonly live: Live; readonly instance: Fields }) {
  const daemons = fieldsOf(instance["daemons"]);
  const cluster = textOr(at(instance, "cluster", "arn"), "");
  if (daemons.length === 0) return <Empty>No daemon selects this container instance.</Empty>;
  return (
    <ul class="plain-list">
      {daemons.map((daemon) => {
        const name = textOr(daemon["name"], "");
        const state = textOr(daemon["state"], "");
        const since = textOr(daemon["since"], null);
        return (
          <li key={name}>
            <a href={links.daemon(cluster, name)}>{name}</a>{" "}
            <Chip text={state} tone={stateTone(state)} />{" "}
            <span class="quiet">
              {textOr(daemon["reason"], "").replace(/\.$/, "")}
              {since !== null && (
                <>
                  , for <Age key={since} at={since} nowMs={live.nowMs} />
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function TasksHere({ live, arn }: { readonly live: Live; readonly arn: string }) {
  const revision = live.revisions.task.value;
  const tasks = useMemo(
    () =>
      [...live.fleet.tasksOn(arn).values()].sort(
        (a, b) => byText(a.family, b.family) || byText(a.arn, b.arn),
      ),
    [live, arn, revision],
  );
  if (tasks.length === 0) return <Empty>No task is on it.</Empty>;
  return (
    <Scroll label="Tasks">
      <table>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Status</th>
            <th scope="col">Group</th>
            <th scope="col" class="number">
              Since
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskLine key={task.arn} task={task} live={live} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function TaskLine({ task, live }: { readonly task: Task; readonly live: Live }) {
  const isUnhealthy = task.healthStatus === "UNHEALTHY";
  return (
    <tr>
      <th scope="row">
        <a href={links.task(task.arn)}>
          {task.family} <span class="id quiet">{shortId(task.id)}</span>
        </a>
      </th>
      <td>
        <Chip
          text={isUnhealthy ? `${task.lastStatus}, UNHEALTHY` : task.lastStatus}
          tone={isUnhealthy ? "bad" : taskTone(task)}
        />
      </td>
      <td>{task.group ?? "–"}</td>
      <td class="number">
        <Age key={since(task)} at={since(task)} nowMs={live.nowMs} />
      </td>
    </tr>
  );
}

function Attributes({ instance }: { readonly instance: Fields }) {
  const all = [...fieldsOf(instance["attributes"])].sort((a, b) =>
    byText(textOr(a["name"], ""), textOr(b["name"], "")),
  );
  const isCapability = ({ value, name }: Fields) =>
    value === null || textOr(name, "").startsWith("ecs.capability");
  const named = all.filter((attribute) => !isCapability(attribute));
  const capabilities = all.filter(isCapability);
  return (
    <Card title="Attributes" detail={named.length}>
      <Facts
        facts={named.map(({ name, value }) => [
          textOr(name, ""),
          <span class="id">{textOr(value, "")}</span>,
        ])}
      />
      {capabilities.length > 0 && (
        <details>
          <summary>{capabilities.length} capabilities</summary>
          <ul class="id wrap">
            {capabilities.map(({ name, value }) => (
              <li key={textOr(name, "")}>
                {textOr(name, "")}
                {typeof value === "string" && value !== "" ? ` = ${value}` : ""}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

function Details({
  live,
  instance,
  arn,
}: {
  readonly live: Live;
  readonly instance: Fields;
  readonly arn: string;
}) {
  const text = (name: string) => textOr(instance[name], null);
  const cluster = textOr(at(instance, "cluster", "arn"), "");
  return (
    <div class="cards">
      <Card title="Tasks" wide>
        <TasksHere live={live} arn={arn} />
      </Card>
      <Card title="Daemons">
        <DaemonsHere live={live} instance={instance} />
      </Card>
      <Card title="Resources">
        <Resources instance={instance} />
      </Card>
      <Card title="About">
        <Facts
          facts={[
            [
              "Cluster",
              <a href={links.cluster(cluster)}>{textOr(at(instance, "cluster", "name"), "")}</a>,
            ],
            ["EC2 instance", text("ec2InstanceId") && <Copy text={text("ec2InstanceId") ?? ""} />],
            ["Zone", text("availabilityZone") ?? "external"],
            ["Type", text("instanceType")],
            ["Capacity provider", text("capacityProvider")],
            [
              "Private IP",
              text("privateIpAddress") && <Copy text={text("privateIpAddress") ?? ""} />,
            ],
            ["Agent", text("agentVersion")],
            ["Docker", text("dockerVersion")],
            ["Registered", shownTime(text("registeredAt"))],
            ["Version", text("version")],
            ["ARN", <Copy text={arn} />],
          ]}
        />
      </Card>
      <Attributes instance={instance} />
    </div>
  );
}

export function InstancePage({ live, rest }: PageProps) {
  const arn = rest.join("/");
  // What runs on it and its own state: either moves what the API would say.
  void live.revisions.instance.value;
  const known = live.fleet.instances.get(arn);
  const answer = useAsked(live, instanceQuery, { arn }, known);
  const name = known?.ec2InstanceId ?? arn.slice(arn.lastIndexOf("/") + 1);
  return (
    <Answered answer={answer.value}>
      {(data) => {
        const instance = at(data, "containerInstance");
        const crumbs: [string, string][] = [["Instances", links.instances()]];
        if (!isFields(instance))
          return (
            <>
              <PageHead title={name} crumbs={crumbs} />
              <Empty>This container instance is not known, or not any more.</Empty>
            </>
          );
        const status = textOr(instance["status"], "");
        const isOff = instance["agentConnected"] !== true && status !== "INACTIVE";
        const reason = textOr(instance["statusReason"], "");
        return (
          <>
            <PageHead
              title={textOr(instance["ec2InstanceId"], name)}
              crumbs={[
                [
                  textOr(at(instance, "cluster", "name"), ""),
                  links.cluster(textOr(at(instance, "cluster", "arn"), "")),
                ],
                ...crumbs,
              ]}
              detail={
                <>
                  <Chip text={status} tone={status === "ACTIVE" ? "good" : "busy"} />
                  <For at={textOr(instance["statusSince"], null)} live={live} />
                  {isOff && (
                    <>
                      <Chip text="agent disconnected" tone="bad" />
                      <For at={textOr(instance["agentConnectedSince"], null)} live={live} />
                    </>
                  )}
                </>
              }
            />
            {reason !== "" && <Notice>{reason}</Notice>}
            <Details live={live} instance={instance} arn={arn} />
          </>
        );
      }}
    </Answered>
  );
}
