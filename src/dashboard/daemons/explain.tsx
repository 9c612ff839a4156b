// Why one container instance has or lacks a daemon's task: the rules in the order in which they are looked at.
import { instanceName } from "../feed.ts";
import { Answered } from "../parts/asked.tsx";
import { Chip } from "../parts/chip.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useDaemonAnswer } from "./daemon-data.ts";
import type { DaemonPlace } from "./daemon-data.ts";
import { explainQuery } from "./documents.ts";
import { idOf, readExplanation } from "./model.ts";

export function ExplainDialog({
  place,
  instance,
  onClose,
}: {
  readonly place: DaemonPlace;
  /** ARN of the container instance. */
  readonly instance: string;
  readonly onClose: () => void;
}) {
  const answer = useDaemonAnswer(place, explainQuery, { instance });
  const known = place.live.fleet.instances.get(instance);
  const name = known ? instanceName(known) : idOf(instance);
  return (
    <Dialog title={`${place.name} on ${name}`} onClose={onClose}>
      <Answered answer={answer.value}>
        {(data) => {
          const explanation = readExplanation(data);
          if (!explanation) return <p class="empty">The daemon is gone.</p>;
          // With its task in place, a rule that does not hold is no trouble.
          const isKept = explanation.rules.at(-1)?.ok === true;
          return (
            <>
              <p class="phase-reason">
                {explanation.placeable
                  ? "A task may be started there now."
                  : "No task is to be started there now."}
              </p>
              <ol class="rules">
                {explanation.rules.map(({ rule, ok, detail }) => (
                  <li key={rule} data-ok={ok}>
                    <Chip text={ok ? "yes" : "no"} tone={ok ? "good" : isKept ? "plain" : "bad"} />
                    <p>
                      <b>{rule}</b> <span class="quiet">{detail}</span>
                    </p>
                  </li>
                ))}
              </ol>
            </>
          );
        }}
      </Answered>
    </Dialog>
  );
}
