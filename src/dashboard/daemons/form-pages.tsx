// The two pages with the form: a new daemon, and a change of one, which may meet somebody else's.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Live } from "../live.ts";
import { Empty, Notice, PageHead } from "../parts/card.tsx";
import { links } from "../shell/route.ts";
import { navigate, route } from "../shell/router.ts";
import { daemonQuery } from "./documents.ts";
import { changedFields, emptyForm, formOf, rebase } from "./fields.ts";
import type { FormValues } from "./fields.ts";
import { DaemonForm } from "./form.tsx";
import { readDaemon } from "./model.ts";
import type { DaemonDetails } from "./model.ts";
import { daemonLink } from "./place.ts";

const crumbs = [["Daemons", links.daemons]] as const;

/** Why no form is shown to a token that may only read. */
export function ReadOnly() {
  return <Notice>This token may read, and not change daemons: sign in with an admin token.</Notice>;
}

export function RegisterPage({ live }: { readonly live: Live }) {
  void live.revisions.cluster.value;
  const clusters = [...live.fleet.clusters.values()];
  const asked = route.value.query["cluster"];
  const only = clusters.length === 1 ? clusters[0] : undefined;
  const first = clusters.find(({ arn, name }) => arn === asked || name === asked) ?? only;
  return (
    <>
      <PageHead title="Register a daemon" crumbs={crumbs} />
      {live.mayChange.value === false ? (
        <ReadOnly />
      ) : !live.fleet.synced.has("cluster") ? (
        <Empty>Waiting for the first picture.</Empty>
      ) : (
        <DaemonForm
          live={live}
          mutation="registerDaemon"
          base={emptyForm}
          begin={{ ...emptyForm, cluster: first?.arn ?? "" }}
          send="Register"
          onDone={({ cluster, name }) => navigate(daemonLink(live, cluster, name.trim()))}
          onCancel={() => navigate(links.daemons)}
        />
      )}
    </>
  );
}

function Conflict({
  live,
  daemon,
  problem,
  onTake,
}: {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly problem: string;
  readonly onTake: (now: DaemonDetails) => void;
}) {
  const now = useSignal<DaemonDetails | undefined>(undefined);
  useEffect(() => {
    const variables = { cluster: daemon.cluster.arn, name: daemon.name };
    void live.ask(daemonQuery, variables).then((answer) => {
      now.value = answer.type === "data" ? readDaemon(answer.data) : undefined;
    });
  }, [live, problem]);
  const theirs = now.value;
  const before = formOf(daemon);
  const after = theirs && formOf(theirs);
  return (
    <div class="conflict" role="alert">
      <p>
        <b>Somebody changed this daemon meanwhile.</b> {problem}
      </p>
      {theirs && after && (
        <>
          <table>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                <th scope="col">When you began</th>
                <th scope="col">Now, revision {theirs.revision}</th>
              </tr>
            </thead>
            <tbody>
              {changedFields(before, after).map((field) => (
                <tr key={field}>
                  <th scope="row">{field}</th>
                  <td class="wrap">{String(before[field]) || "–"}</td>
                  <td class="wrap">{String(after[field]) || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <button type="button" onClick={() => onTake(theirs)}>
            Go on from revision {theirs.revision}, with my changes
          </button>
        </>
      )}
    </div>
  );
}

interface Begun {
  readonly daemon: DaemonDetails;
  readonly values: FormValues;
}

export function UpdatePage({
  live,
  cluster,
  name,
}: {
  readonly live: Live;
  readonly cluster: string;
  readonly name: string;
}) {
  const begun = useSignal<Begun | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    void live.ask(daemonQuery, { cluster, name }).then((answer) => {
      const daemon = answer.type === "data" ? readDaemon(answer.data) : undefined;
      if (daemon) begun.value = { daemon, values: formOf(daemon) };
      else
        problem.value =
          answer.type === "problem" ? answer.problem : `There is no daemon ${name} in ${cluster}.`;
    });
  }, [live, cluster, name]);
  const here = daemonLink(live, cluster, name);
  const daemon = begun.value?.daemon;
  return (
    <>
      <PageHead
        title={`Update ${name}`}
        crumbs={[...crumbs, [name, here]]}
        detail={daemon && <span>from revision {daemon.revision}</span>}
      />
      {live.mayChange.value === false ? (
        <ReadOnly />
      ) : problem.value !== undefined ? (
        <Notice>{problem.value}</Notice>
      ) : !begun.value || !daemon ? (
        <Empty>Asking the server.</Empty>
      ) : (
        <DaemonForm
          key={daemon.revision}
          live={live}
          mutation="updateDaemon"
          base={formOf(daemon)}
          begin={begun.value.values}
          also={{ expectedRevision: daemon.revision }}
          send="Update"
          onDone={() => navigate(here)}
          onCancel={() => navigate(here)}
          conflict={(values, refused) => (
            <Conflict
              live={live}
              daemon={daemon}
              problem={refused}
              onTake={(now) =>
                (begun.value = { daemon: now, values: rebase(values, formOf(daemon), formOf(now)) })
              }
            />
          )}
        />
      )}
    </>
  );
}
