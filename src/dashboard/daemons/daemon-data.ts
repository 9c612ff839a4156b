// What the page of one daemon shows, kept current: asked again when the subscriptions say that something moved, and now
// and then in any case, for what moves by time alone.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Live } from "../live.ts";
import { useAsked } from "../parts/asked.tsx";
import type { Answer } from "../live.ts";
import { placementsQuery } from "./documents.ts";
import { readPlacements } from "./model.ts";
import type { Placement } from "./model.ts";

export interface DaemonPlace {
  readonly live: Live;
  /** Name or ARN. */
  readonly cluster: string;
  readonly name: string;
}

const anywayMs = 5000;
/** Reading is not to take more than a part of the time, however many container instances there are. */
const restFactor = 4;
const restMinMs = 1000;

/** Another text whenever there may be something new about a daemon. Nobody is told when: who looks once a second reads it. */
function newsOf({ revisions, nowMs }: Live): string {
  const moved = `${revisions.daemon.peek()} ${revisions.instance.peek()}`;
  return `${moved} ${Math.floor(nowMs.peek() / anywayMs)}`;
}

/** The newest answer to a query about one daemon. */
export function useDaemonAnswer(
  { live, cluster, name }: DaemonPlace,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): ReadonlySignal<Answer | undefined> {
  // Once a second: a large fleet moves many times in one, and a page of it takes a while to draw.
  void live.nowMs.value;
  return useAsked(live, query, { cluster, name, ...variables }, newsOf(live));
}

async function readAll({
  live,
  cluster,
  name,
}: DaemonPlace): Promise<readonly Placement[] | string> {
  const all: Placement[] = [];
  for (let after: string | undefined; ;) {
    const answer = await live.ask(placementsQuery, { cluster, name, after });
    if (answer.type !== "data")
      return answer.type === "problem" ? answer.problem : "the server wants a token";
    const { nodes, next } = readPlacements(answer.data);
    all.push(...nodes);
    if (next === undefined) return all;
    after = next;
  }
}

/** Placements of all container instances, or why there are none; undefined until they have come. */
export function usePlacements({
  live,
  cluster,
  name,
}: DaemonPlace): ReadonlySignal<readonly Placement[] | string | undefined> {
  const placements = useSignal<readonly Placement[] | string | undefined>(undefined);
  useEffect(() => {
    let isHere = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = "";
    const look = async () => {
      const startedAt = performance.now();
      const now = newsOf(live);
      if (now !== seen) {
        const read = await readAll({ live, cluster, name });
        if (!isHere) return;
        seen = now;
        if (typeof read !== "string" || !Array.isArray(placements.peek())) placements.value = read;
      }
      const took = performance.now() - startedAt;
      timer = setTimeout(() => void look(), Math.max(restMinMs, restFactor * took));
    };
    placements.value = undefined;
    void look();
    return () => {
      isHere = false;
      clearTimeout(timer);
    };
  }, [live, cluster, name]);
  return placements;
}
