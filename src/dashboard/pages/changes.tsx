// The change feed: newest first, held still on request, searched by words. What came before the page was opened is not
// in it.
import { useComputed, useSignal } from "@preact/signals";
import { Component } from "preact";
import { useMemo } from "preact/hooks";
import type { FeedLine } from "../feed.ts";
import { parseFilter, passes } from "../filter.ts";
import type { Kind } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Empty, PageHead } from "../parts/card.tsx";
import { links } from "../shell/route.ts";
import { changeQuery, route } from "../shell/router.ts";

const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
/** More lines than anybody reads at a time; the search looks at all that are kept. */
const linesMax = 300;

const nouns: Readonly<Record<Kind, string>> = {
  cluster: "cluster",
  instance: "instance",
  task: "task",
  daemon: "daemon",
  endpoint: "endpoint",
};

function linkOf({ kind, key }: FeedLine): string {
  if (kind === "cluster") return links.cluster(key);
  if (kind === "instance") return links.instance(key);
  if (kind === "task") return links.task(key);
  const space = key.indexOf(" ");
  return links.daemon(key.slice(0, space), key.slice(space + 1));
}

class Line extends Component<{ readonly line: FeedLine }> {
  override shouldComponentUpdate({ line }: { readonly line: FeedLine }): boolean {
    return line !== this.props.line;
  }

  override render() {
    const { line } = this.props;
    const { atMs, kind, cluster, name, text, tone } = line;
    return (
      <li data-tone={tone}>
        <time dateTime={new Date(atMs).toISOString()}>{clockTime.format(atMs)}</time>
        <span class="feed-kind">{nouns[kind]}</span>
        <span class="feed-text">
          <a href={linkOf(line)}>{name}</a> {text}
        </span>
        <span class="quiet feed-where">{kind === "cluster" ? "" : cluster}</span>
      </li>
    );
  }
}

const fields = new Set(["kind", "cluster", "name"]);

function matching(lines: readonly FeedLine[], typed: string): readonly FeedLine[] {
  const filter = parseFilter(typed, fields);
  if (filter.length === 0) return lines;
  return lines.filter((line) =>
    passes(
      filter,
      `${line.kind} ${line.name} ${line.text} ${line.cluster}`.toLowerCase(),
      (field) => line[field === "kind" || field === "cluster" ? field : "name"].toLowerCase(),
    ),
  );
}

/** The feed as a list, `max` lines of it. */
export function Feed({ lines }: { readonly lines: readonly FeedLine[] }) {
  return (
    <ol class="feed">
      {lines.map((line) => (
        <Line key={line.number} line={line} />
      ))}
    </ol>
  );
}

export function ChangesPage({ live }: PageProps) {
  const held = useSignal<readonly FeedLine[] | undefined>(undefined);
  const typed = useComputed(() => route.value.query["q"] ?? "").value;
  const all = held.value ?? live.feed.value;
  const found = useMemo(() => matching(all, typed), [all, typed]);
  const newest = live.feed.value[0]?.number ?? 0;
  const missed = held.value ? newest - (held.value[0]?.number ?? 0) : 0;
  return (
    <>
      <PageHead title="Changes" detail={`since ${clockTime.format(live.sinceMs)}, newest first`} />
      <div class="list-controls">
        <label class="filter">
          <span class="hidden">Search changes</span>
          <input
            type="search"
            placeholder="Search: words, kind:task, cluster:name, -word"
            value={typed}
            onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
          />
        </label>
        <button
          type="button"
          aria-pressed={held.value !== undefined}
          onClick={() => (held.value = held.value ? undefined : live.feed.value)}
        >
          {held.value ? `Resume (${missed.toLocaleString("en")} new)` : "Pause"}
        </button>
        <p class="list-count">
          {found.length.toLocaleString("en")}
          {found.length !== all.length && ` of ${all.length.toLocaleString("en")}`}
        </p>
      </div>
      {found.length === 0 ? (
        <Empty>
          {all.length === 0
            ? "Nothing has changed since this page was opened."
            : "Nothing matches."}
        </Empty>
      ) : (
        <section class="card" aria-label="Changes">
          <Feed lines={found.slice(0, linesMax)} />
        </section>
      )}
      {found.length > linesMax && (
        <p class="quiet">
          The newest {linesMax} of {found.length.toLocaleString("en")}; a search narrows them down.
        </p>
      )}
    </>
  );
}
