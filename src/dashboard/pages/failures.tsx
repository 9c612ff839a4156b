// The digest of failures: why tasks stopped, how often, where, with which image, and when.
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { shownAge, shownDuration } from "../derive.ts";
import { instanceName } from "../feed.ts";
import type { Live } from "../live.ts";
import type { PageProps } from "../pages.ts";
import { Empty, PageHead } from "../parts/card.tsx";
import { links } from "../shell/route.ts";
import { changeQuery, route } from "../shell/router.ts";
import { digest } from "../stopped/digest.ts";
import type { Digest, Group } from "../stopped/digest.ts";
import { StoppedProgress } from "../stopped/progress.tsx";
import { useStopped } from "../stopped/store.ts";

/** What stopped since is read after this. */
const againMs = 30_000;
/** Names of each kind in a group; the rest is counted. */
const namesMax = 4;

function Bars({
  group: { times, count },
  digest: { fromMs, untilMs },
}: {
  readonly group: Group;
  readonly digest: Digest;
}) {
  const most = Math.max(1, ...times);
  const width = 4;
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${times.length * width} 28`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${count} over the last ${shownDuration(untilMs - fromMs)}, ${times.at(-1) ?? 0} of them just now`}
    >
      {times.map((value, index) => {
        const height = value === 0 ? 1 : 4 + (24 * value) / most;
        return (
          <rect
            key={index}
            class={value === 0 ? "none" : undefined}
            x={index * width}
            y={28 - height}
            width={width - 1}
            height={height}
          />
        );
      })}
    </svg>
  );
}

function Names({
  title,
  names,
  show = (name) => name,
}: {
  readonly title: string;
  readonly names: readonly (readonly [string, number])[];
  readonly show?: (name: string) => ComponentChildren;
}) {
  if (names.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {names.slice(0, namesMax).map(([name, count]) => (
          <span class="tally" key={name}>
            {show(name)} <small>{count.toLocaleString("en")}</small>
          </span>
        ))}
        {names.length > namesMax && (
          <span class="quiet">and {(names.length - namesMax).toLocaleString("en")} more</span>
        )}
      </dd>
    </div>
  );
}

function GroupCard({
  group,
  digest: all,
  live,
}: {
  readonly group: Group;
  readonly digest: Digest;
  readonly live: Live;
}) {
  const { reason, count, meant, lastAt, firstAt, families, images, instances, exitCodes } = group;
  const nowMs = live.nowMs.value;
  const nameOf = (arn: string) => {
    const instance = live.fleet.instances.get(arn);
    return instance ? instanceName(instance) : arn.slice(arn.lastIndexOf("/") + 1);
  };
  return (
    <li class="card failure" data-tone={meant ? "plain" : "bad"}>
      <div class="failure-head">
        <b class="failure-count">{count.toLocaleString("en")}</b>
        <h2>{reason}</h2>
        <Bars group={group} digest={all} />
      </div>
      <dl class="tallies">
        <Names
          title="Family"
          names={families}
          show={(name) => <a href={links.tasks({ of: "stopped", q: name })}>{name}</a>}
        />
        <Names title="Exit code" names={exitCodes} />
        <Names
          title="Image"
          names={images}
          show={(name) => <code title={name}>{name.slice(name.lastIndexOf("/") + 1)}</code>}
        />
        <Names
          title="Instance"
          names={instances}
          show={(arn) => (
            <a class="id" href={links.instance(arn)}>
              {nameOf(arn)}
            </a>
          )}
        />
        <div>
          <dt>When</dt>
          <dd>
            first {shownAge(firstAt, nowMs)} ago, last {shownAge(lastAt, nowMs)} ago,{" "}
            <a href={links.task(group.example)}>the newest</a>
          </dd>
        </div>
      </dl>
    </li>
  );
}

const matches = ({ reason, families, images, instances }: Group, words: readonly string[]) => {
  const names = [...families, ...images, ...instances].map(([name]) => name);
  const text = [reason, ...names].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
};

export function FailuresPage({ live }: PageProps) {
  const stopped = useStopped(live);
  const withMeant = useSignal(false);
  const query = useComputed(() => route.value.query).value;
  useEffect(() => {
    stopped.load();
    const timer = setInterval(stopped.load, againMs);
    return () => clearInterval(timer);
  }, [stopped]);
  const revision = stopped.revision.value;
  const cluster = query["cluster"] ?? "";
  const found = useMemo(
    () =>
      digest(
        [...stopped.tasks.values()].filter(
          (task) => cluster === "" || task.cluster.name === cluster,
        ),
        withMeant.value,
        live.nowMs.peek(),
      ),
    [revision, cluster, withMeant.value],
  );
  const words = (query["q"] ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const groups = found.groups.filter((group) => matches(group, words));
  return (
    <>
      <PageHead
        title="Failures"
        detail={`${found.failed.toLocaleString("en")} of ${found.total.toLocaleString("en")} stopped tasks ended by themselves`}
      />
      <StoppedProgress stopped={stopped} />
      <div class="list-controls">
        <label class="filter">
          <span class="hidden">Filter failures</span>
          <input
            type="search"
            placeholder="Filter: reason, family, image"
            value={query["q"] ?? ""}
            onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
          />
        </label>
        <label class="facet">
          <span class="hidden">Cluster</span>
          <select
            value={cluster}
            onChange={({ currentTarget }) => changeQuery({ cluster: currentTarget.value })}
          >
            <option value="">Cluster: all</option>
            {[...live.fleet.clusters.values()].map(({ arn, name }) => (
              <option key={arn} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={withMeant.value}
            onChange={({ currentTarget }) => (withMeant.value = currentTarget.checked)}
          />
          also what was asked for, or had done its work
        </label>
      </div>
      {groups.length === 0 ? (
        <Empty>
          {stopped.progress.value.isDone ? "No task that is kept ended by itself." : "Loading."}
        </Empty>
      ) : (
        <ol class="failures">
          {groups.map((group) => (
            <GroupCard key={group.reason} group={group} digest={found} live={live} />
          ))}
        </ol>
      )}
    </>
  );
}
