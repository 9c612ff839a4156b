// One task: the phases of its life, why it stopped, its containers with exit codes and ports, and all of it as JSON.
import { exactDuration, shownTime } from "../derive.ts";
import { taskQuery } from "../documents.ts";
import { shortId, taskTone } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Task } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Answered, useAsked } from "../parts/asked.tsx";
import { Card, Empty, Facts, Notice, PageHead, Scroll } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Copy } from "../parts/copy.tsx";
import { at, endedBadly, fieldsOf, isFields, isTask, textOr } from "../read.ts";
import type { Fields } from "../read.ts";
import { links } from "../shell/route.ts";
import { phasesOf } from "./timeline.ts";

function Timeline({ live, task }: { readonly live: Live; readonly task: Fields }) {
  const steps = fieldsOf(task["timeline"]).map((step) => ({
    lastStatus: textOr(step["lastStatus"], ""),
    at: textOr(step["at"], ""),
  }));
  const phases = phasesOf(steps, live.nowMs.value);
  if (phases.length === 0) return <Empty>Nothing is known of its phases.</Empty>;
  return (
    <ol class="timeline">
      {phases.map((phase) => (
        <li
          key={phase.lastStatus}
          data-tone={phase.lastStatus === "RUNNING" ? "good" : phase.isPresent ? "busy" : "plain"}
          style={{ flexGrow: phase.share }}
        >
          <span class="phase-bar" aria-hidden="true" />
          <b>{phase.lastStatus}</b>
          <span>
            {phase.durationMs === undefined
              ? "ended"
              : `${exactDuration(phase.durationMs)}${phase.isPresent ? " so far" : ""}`}
          </span>
          <time class="quiet" dateTime={phase.at} title={phase.at}>
            {shownTime(phase.at).slice(5, 19)}
          </time>
        </li>
      ))}
    </ol>
  );
}

const range = (binding: Fields, single: string, many: string): string => {
  const port = binding[single];
  return typeof port === "number" ? String(port) : textOr(binding[many], "");
};

function Bindings({ container }: { readonly container: Fields }) {
  const bindings = fieldsOf(container["networkBindings"]);
  if (bindings.length === 0) return <>–</>;
  return (
    <ul class="id">
      {bindings.map((binding) => {
        const text = `${textOr(binding["bindIP"], "")}:${range(binding, "hostPort", "hostPortRange")} → ${range(binding, "containerPort", "containerPortRange")}/${textOr(binding["protocol"], "")}`;
        return <li key={text}>{text}</li>;
      })}
    </ul>
  );
}

function Containers({ task }: { readonly task: Fields }) {
  return (
    <Scroll label="Containers">
      <table>
        <thead>
          <tr>
            <th scope="col">Container</th>
            <th scope="col">Status</th>
            <th scope="col">Health</th>
            <th scope="col" class="number">
              Exit code
            </th>
            <th scope="col">Ports</th>
            <th scope="col">Image</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {fieldsOf(task["containers"]).map((container) => {
            const status = textOr(container["lastStatus"], "");
            const { exitCode } = container;
            const hasFailed = typeof exitCode === "number" && exitCode !== 0;
            const health = textOr(container["healthStatus"], "–");
            return (
              <tr key={textOr(container["arn"], "")}>
                <th scope="row">{textOr(container["name"], "")}</th>
                <td>
                  <Chip
                    text={status}
                    tone={status === "RUNNING" ? "good" : status === "STOPPED" ? "plain" : "busy"}
                  />
                </td>
                <td>{health === "UNHEALTHY" ? <Chip text={health} tone="bad" /> : health}</td>
                <td class="number">
                  {hasFailed ? (
                    <Chip text={String(exitCode)} tone="bad" />
                  ) : typeof exitCode === "number" ? (
                    exitCode
                  ) : (
                    "–"
                  )}
                </td>
                <td>
                  <Bindings container={container} />
                </td>
                <td class="id wrap">{textOr(container["image"], "–")}</td>
                <td class="wrap">{textOr(container["reason"], "–")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Endpoints({ task }: { readonly task: Fields }) {
  const endpoints = fieldsOf(task["endpoints"]);
  if (endpoints.length === 0) return <Empty>It listens nowhere that is known.</Empty>;
  return (
    <ul class="plain-list">
      {endpoints.map((endpoint) => {
        const host = textOr(endpoint["host"], "");
        const address = `${host.includes(":") ? `[${host}]` : host}:${Number(endpoint["port"])}`;
        return (
          <li key={textOr(endpoint["id"], address)}>
            <Copy text={address} />{" "}
            <span class="quiet">
              {textOr(endpoint["container"], "")} {Number(endpoint["containerPort"])}/
              {textOr(endpoint["protocol"], "")}
            </span>{" "}
            {endpoint["healthy"] === false && <Chip text="unhealthy" tone="bad" />}
          </li>
        );
      })}
    </ul>
  );
}

function About({ task }: { readonly task: Fields & Task }) {
  const text = (name: string) => textOr(task[name], null);
  const instance = text("containerInstanceArn");
  const instanceName = textOr(at(task, "containerInstance", "ec2InstanceId"), instance ?? "");
  const tags = fieldsOf(task["tags"]);
  const { cluster, daemon } = task;
  return (
    <Facts
      facts={[
        ["Cluster", <a href={links.cluster(cluster.arn)}>{cluster.name}</a>],
        ["Instance", instance && <a href={links.instance(instance)}>{instanceName}</a>],
        ["Definition", text("taskDefinitionArn")?.split("/").at(-1)],
        ["Group", text("group")],
        ["Daemon", daemon && <a href={links.daemon(cluster.arn, daemon.name)}>{daemon.name}</a>],
        ["Started by", text("startedBy")],
        ["Launch type", text("launchType")],
        ["Capacity provider", text("capacityProvider")],
        ["Zone", text("availabilityZone")],
        ["CPU, memory", `${text("cpu") ?? "–"} units, ${text("memory") ?? "–"} MiB`],
        ["Created", shownTime(text("createdAt"))],
        ["Started", shownTime(text("startedAt"))],
        ["Stopping", shownTime(text("stoppingAt"))],
        ["Stopped", shownTime(text("stoppedAt"))],
        ["Version", text("version")],
        [
          "Tags",
          tags.length > 0 &&
            tags.map(({ key, value }) => `${String(key)}=${String(value)}`).join(", "),
        ],
        ["ARN", <Copy text={task.arn} />],
      ]}
    />
  );
}

function Why({ task }: { readonly task: Task & Fields }) {
  const { stopCode, stoppedReason } = task;
  if (stopCode === null && stoppedReason === null) return null;
  const words = (
    <>
      {stopCode !== null && <b>{stopCode}. </b>}
      {stoppedReason}
    </>
  );
  return endedBadly(task, fieldsOf(task["containers"])) ? (
    <Notice>{words}</Notice>
  ) : (
    <p class="notice calm">{words}</p>
  );
}

export function TaskPage({ live, rest }: PageProps) {
  const arn = rest.join("/");
  void live.revisions.task.value;
  // Another object with each of its changes; undefined once it has stopped, which is asked for like the others.
  const answer = useAsked(live, taskQuery, { arn }, live.fleet.tasks.get(arn));
  const id = arn.slice(arn.lastIndexOf("/") + 1);
  return (
    <Answered answer={answer.value}>
      {(data) => {
        const task = at(data, "task");
        if (!isTask(task) || !isFields(task))
          return (
            <>
              <PageHead title={shortId(id)} crumbs={[["Tasks", links.tasks()]]} />
              <Empty>
                This task is not known, or not any more: stopped ones are kept for a day.
              </Empty>
            </>
          );
        return (
          <>
            <PageHead
              title={`${task.family} ${shortId(task.id)}`}
              crumbs={[
                [task.cluster.name, links.cluster(task.cluster.arn)],
                ["Tasks", links.tasks()],
              ]}
              detail={
                <>
                  <Chip text={task.lastStatus} tone={taskTone(task)} />
                  {task.lastStatus !== task.desiredStatus && (
                    <span class="quiet">should be {task.desiredStatus}</span>
                  )}
                  {task.healthStatus === "UNHEALTHY" && <Chip text="UNHEALTHY" tone="bad" />}
                </>
              }
            />
            <Why task={task} />
            <div class="cards">
              <Card title="Timeline" wide>
                <Timeline live={live} task={task} />
              </Card>
              <Card title="Containers" wide>
                <Containers task={task} />
              </Card>
              <Card title="About">
                <About task={task} />
              </Card>
              <Card title="Endpoints">
                <Endpoints task={task} />
              </Card>
              <Card title="JSON" wide>
                <details>
                  <summary>All that the API says of it</summary>
                  <pre class="json" tabIndex={0}>
                    {JSON.stringify(task, null, 2)}
                  </pre>
                </details>
              </Card>
            </div>
          </>
        );
      }}
    </Answered>
  );
}
