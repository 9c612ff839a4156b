// The tiles of one cluster: a canvas, names of zones above their tiles, and one list box around it in which each tile
// can be reached and heard.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { byText } from "../derive.ts";
import { instanceName } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Instance } from "../model.ts";
import { links } from "../shell/route.ts";
import { navigate } from "../shell/router.ts";
import { theme } from "../shell/theme.ts";
import type { Coverage } from "./coverage.ts";
import { layOut, neighbour, placeAt, tileSize } from "./layout.ts";
import type { Layout, Zone } from "./layout.ts";
import { describe, lookOf } from "./meaning.ts";
import type { Look, Meaning, Subject } from "./meaning.ts";
import { Painter } from "./painter.ts";
import { readPalette } from "./palette.ts";

export interface ClusterMapProps {
  readonly live: Live;
  readonly cluster: { readonly arn: string; readonly name: string };
  readonly meaning: Meaning;
  readonly coverage: ReadonlySignal<Coverage | undefined>;
}

/** Instances come and go in crowds: the tiles are laid out anew at most so often. */
const layAgainMs = 250;

/** Zones in order; instances without one are external. */
function zonesOf(live: Live, clusterArn: string): readonly Zone[] {
  const zones = new Map<string, Instance[]>();
  for (const instance of live.fleet.instances.values()) {
    if (instance.cluster.arn !== clusterArn) continue;
    const name = instance.availabilityZone ?? "external";
    const zone = zones.get(name);
    if (zone) zone.push(instance);
    else zones.set(name, [instance]);
  }
  return [...zones]
    .sort(([a], [b]) => byText(a, b))
    .map(([name, members]) => ({
      name,
      arns: members.sort((a, b) => byText(instanceName(a), instanceName(b))).map(({ arn }) => arn),
    }));
}

const gone: Look = { tone: "plain", text: "gone" };

export function ClusterMap({ live, cluster, meaning, coverage }: ClusterMapProps) {
  const id = useId();
  const wrapper = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const layout = useSignal<Layout | undefined>(undefined);
  const chosen = useSignal<string | undefined>(undefined);
  const hovered = useSignal<string | undefined>(undefined);
  const painter = useRef<Painter | undefined>(undefined);

  const subjectOf = (arn: string): Subject | undefined => {
    const instance = live.fleet.instances.get(arn);
    return (
      instance && {
        instance,
        tasks: live.fleet.tasksOn(arn),
        daemons: coverage.peek()?.get(arn) ?? (coverage.peek() ? [] : undefined),
      }
    );
  };
  const look = useRef<(arn: string) => Look>(() => gone);
  look.current = (arn) => {
    const subject = subjectOf(arn);
    return subject ? lookOf(meaning, subject) : gone;
  };
  const lay = useRef(() => undefined as void);
  lay.current = () => {
    const place = wrapper.current;
    if (!place || !painter.current) return;
    const { rem } = readPalette(place);
    const width = place.clientWidth;
    const next = layOut(
      zonesOf(live, cluster.arn),
      tileSize(live.fleet.instances.size, rem),
      width,
      rem,
    );
    painter.current.lay(next, width, (arn) => {
      const instance = live.fleet.instances.get(arn);
      return { name: instance ? instanceName(instance) : "", look: look.current(arn) };
    });
    layout.value = next;
  };

  useLayoutEffect(() => {
    const place = wrapper.current;
    if (!place || !canvas.current) return undefined;
    const moves = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    painter.current = new Painter(canvas.current, readPalette(place), moves);
    lay.current();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const layLater = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        lay.current();
      }, layAgainMs);
    };
    let width = place.clientWidth;
    const observer = new ResizeObserver(() => {
      if (width === place.clientWidth) return;
      width = place.clientWidth;
      lay.current();
    });
    observer.observe(place);
    const unwatch = live.watch((kinds, touched) => {
      const known = layout.peek();
      let isOther = kinds.has("instance") && !live.fleet.synced.has("instance");
      for (const arn of touched) {
        const instance = live.fleet.instances.get(arn);
        if (instance && instance.cluster.arn !== cluster.arn) continue;
        painter.current?.change(arn, look.current(arn));
        isOther ||= (instance !== undefined) !== positions(known).has(arn);
      }
      if (isOther) layLater();
    });
    return () => {
      observer.disconnect();
      unwatch();
      clearTimeout(timer);
      painter.current?.close();
    };
  }, [live, cluster.arn]);
  useEffect(
    () => painter.current?.changeAll((arn) => look.current(arn)),
    [meaning, coverage.value],
  );
  const shownTheme = theme.value;
  useEffect(() => {
    if (wrapper.current) painter.current?.repaint(readPalette(wrapper.current));
  }, [shownTheme]);

  const places = layout.value?.places ?? [];
  const index = places.findIndex(({ arn }) => arn === chosen.value);
  const shown = hovered.value ?? chosen.value;
  const shownPlace = places.find(({ arn }) => arn === shown);
  const pointed = (event: MouseEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    return box && layout.value
      ? placeAt(layout.value, event.clientX - box.left, event.clientY - box.top)?.arn
      : undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!layout.value || places.length === 0) return;
    if (event.key === "Enter" && chosen.value !== undefined)
      return navigate(links.instance(chosen.value));
    if (event.key === "Escape") chosen.value = undefined;
    if (!/^(Arrow|Home|End)/.test(event.key)) return;
    event.preventDefault();
    hovered.value = undefined;
    chosen.value = places[index < 0 ? 0 : neighbour(layout.value, index, event.key)]?.arn;
    wrapper.current?.querySelector(".tile-ring")?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div
      class="map"
      ref={wrapper}
      role="listbox"
      tabIndex={0}
      aria-label={`Container instances of ${cluster.name}: arrow keys move, Enter opens`}
      aria-activedescendant={index < 0 ? undefined : `${id}-tile`}
      data-tiles={places.length}
      onKeyDown={onKeyDown}
      onFocus={() => (chosen.value ??= places[0]?.arn)}
      onBlur={() => (chosen.value = undefined)}
      onMouseMove={(event) => (hovered.value = pointed(event))}
      onMouseLeave={() => (hovered.value = undefined)}
      onClick={(event) => {
        const arn = pointed(event);
        if (arn !== undefined) navigate(links.instance(arn));
      }}
    >
      <canvas
        ref={canvas}
        aria-hidden="true"
        style={{ height: `${layout.value?.height ?? 0}px` }}
      />
      {layout.value?.labels.map(({ name, count, x, y }) => (
        <span class="zone" key={name} style={{ left: `${x}px`, top: `${y}px` }} aria-hidden="true">
          {name} <small>{count.toLocaleString("en")}</small>
        </span>
      ))}
      <div
        role="option"
        class="hidden"
        id={`${id}-tile`}
        aria-selected={index >= 0}
        aria-posinset={index < 0 ? undefined : index + 1}
        aria-setsize={index < 0 ? undefined : places.length}
      >
        {textOf(subjectOf(chosen.value ?? ""))}
      </div>
      {layout.value && shownPlace && (
        <Pointed
          place={shownPlace}
          layout={layout.value}
          width={wrapper.current?.clientWidth ?? 0}
          text={textOf(subjectOf(shownPlace.arn))}
        />
      )}
    </div>
  );
}

const textOf = (subject: Subject | undefined): string =>
  subject ? describe(subject) : "No tile is chosen";

const positionsOf = new WeakMap<Layout, ReadonlySet<string>>();
const nothing: ReadonlySet<string> = new Set();
function positions(layout: Layout | undefined): ReadonlySet<string> {
  if (!layout) return nothing;
  const known = positionsOf.get(layout) ?? new Set(layout.places.map(({ arn }) => arn));
  positionsOf.set(layout, known);
  return known;
}

/** The ring around a tile, and what it stands for beside it. */
function Pointed({
  place: { x, y },
  layout: { tile },
  width,
  text,
}: {
  readonly place: { readonly x: number; readonly y: number };
  readonly layout: Layout;
  readonly width: number;
  readonly text: string;
}) {
  const [name, ...facts] = text.split(", ");
  const isRight = x > width / 2;
  return (
    <>
      <div
        class="tile-ring"
        aria-hidden="true"
        style={{
          left: `${x - 2}px`,
          top: `${y - 2}px`,
          width: `${tile.width + 4}px`,
          height: `${tile.height + 4}px`,
        }}
      />
      <div
        class="tip"
        aria-hidden="true"
        style={{
          top: `${y + tile.height + 8}px`,
          ...(isRight ? { right: `${Math.max(0, width - x - tile.width)}px` } : { left: `${x}px` }),
        }}
      >
        <b>{name}</b>
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </div>
    </>
  );
}
