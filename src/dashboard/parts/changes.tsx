// The change feed, newest first.
import { useComputed } from "@preact/signals";
import { Component } from "preact";
import type { FeedLine } from "../feed.ts";
import type { Live } from "../live.ts";

const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

class Line extends Component<{ readonly line: FeedLine }> {
  override shouldComponentUpdate({ line }: { readonly line: FeedLine }): boolean {
    return line !== this.props.line;
  }

  override render() {
    const { atMs, kind, cluster, name, text, tone } = this.props.line;
    return (
      <li data-tone={tone}>
        <time dateTime={new Date(atMs).toISOString()}>{clockTime.format(atMs)}</time>
        <p>
          <span class="quiet">{kind}</span> <b>{name}</b> {text}
          {kind !== "cluster" && <span class="quiet where"> {cluster}</span>}
        </p>
      </li>
    );
  }
}

/** The list of changes since this page was opened. */
export function Changes({ live }: { readonly live: Live }) {
  const feed = useComputed(() => live.state.value.feed);
  return (
    <section id="changes" class="card" aria-labelledby="changes-title">
      <div class="card-head">
        <h2 id="changes-title">Changes</h2>
        <p class="quiet">newest first</p>
      </div>
      {feed.value.length === 0 ? (
        <p class="empty">Nothing has changed since this page was opened.</p>
      ) : (
        <ol class="feed" tabIndex={0} aria-labelledby="changes-title">
          {feed.value.map((line) => (
            <Line key={line.number} line={line} />
          ))}
        </ol>
      )}
    </section>
  );
}
