// A dialog with all about one container instance: what the tile has no room for is asked for when it opens.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Answer, Live } from "../live.ts";
import { instanceQuery } from "../documents.ts";
import { isFields } from "../read.ts";

const shown = (value: unknown): string =>
  typeof value === "boolean"
    ? value
      ? "yes"
      : "no"
    : typeof value === "string" && value !== ""
      ? value
      : "–";

/** An ISO 8601 time to the minute. */
const shownTime = (value: unknown): string =>
  typeof value === "string" ? `${value.slice(0, 16).replace("T", " ")} UTC` : "–";

const facts: readonly (readonly [string, string])[] = [
  ["Status", "status"],
  ["Why", "statusReason"],
  ["Agent connected", "agentConnected"],
  ["Agent", "agentVersion"],
  ["Docker", "dockerVersion"],
  ["Zone", "availabilityZone"],
  ["Type", "instanceType"],
  ["Capacity provider", "capacityProvider"],
  ["Private IP", "privateIpAddress"],
  ["Registered", "registeredAt"],
];

const records = (value: unknown) => (Array.isArray(value) ? value.filter(isFields) : []);

function Resources({
  registered,
  remaining,
}: {
  readonly registered: unknown;
  readonly remaining: unknown;
}) {
  const left = new Map(records(remaining).map(({ name, value }) => [name, value]));
  const counted = records(registered).filter(
    ({ name }) => name === "CPU" || name === "MEMORY" || name === "GPU",
  );
  return (
    <>
      {counted.map(({ name, value }) => (
        <div key={shown(name)}>
          <dt>{shown(name)} left</dt>
          <dd>
            {shown(left.get(name))} of {shown(value)}
          </dd>
        </div>
      ))}
    </>
  );
}

function DaemonsHere({ daemons }: { readonly daemons: unknown }) {
  const list = records(daemons);
  if (list.length === 0) return <p class="quiet">No daemon selects this container instance.</p>;
  return (
    <ul class="daemons-here">
      {list.map(({ name, state, reason }) => (
        <li key={shown(name)}>
          <b>{shown(name)}</b>{" "}
          <span
            class="chip"
            data-tone={state === "RUNNING" ? "good" : state === "FAILED" ? "bad" : "busy"}
          >
            {shown(state)}
          </span>{" "}
          {shown(reason)}
        </li>
      ))}
    </ul>
  );
}

function Details({ answer }: { readonly answer: Answer | undefined }) {
  if (!answer) return <p class="quiet">Asking.</p>;
  if (answer.type !== "data")
    return (
      <p class="notice">
        {answer.type === "problem" ? answer.problem : "The server wants a token."}
      </p>
    );
  const instance = isFields(answer.data) ? answer.data["containerInstance"] : undefined;
  if (!isFields(instance))
    return <p class="notice">This container instance is not known any more.</p>;
  return (
    <>
      <dl class="facts">
        {facts.map(([label, field]) => (
          <div key={field}>
            <dt>{label}</dt>
            <dd>
              {field === "registeredAt" ? shownTime(instance[field]) : shown(instance[field])}
            </dd>
          </div>
        ))}
        <Resources
          registered={instance["registeredResources"]}
          remaining={instance["remainingResources"]}
        />
      </dl>
      <h3>Daemons</h3>
      <DaemonsHere daemons={instance["daemons"]} />
      <p class="quiet id arn">{shown(instance["arn"])}</p>
    </>
  );
}

/** The dialog for the instance with this ARN. It asks again whenever the instance changes. */
export function InstanceDetails({
  live,
  arn,
  onClose,
}: {
  readonly live: Live;
  readonly arn: string;
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const answer = useSignal<Answer | undefined>(undefined);
  const instance = live.state.value.instances.get(arn);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let isCurrent = true;
    void live.ask(instanceQuery, { arn }).then((given) => {
      if (isCurrent) answer.value = given;
    });
    return () => {
      isCurrent = false;
    };
  }, [arn, instance]);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="details-title">
      <div class="card-head">
        <h2 id="details-title">
          {instance?.ec2InstanceId ?? instance?.id ?? "Container instance"}
        </h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <Details answer={answer.value} />
    </dialog>
  );
}
