// One chart over time, drawn by uPlot: it follows its width and the colours of the theme; its legend shows the values under
// the pointer, and a table has all of it in words. Owns its canvas, knows nothing of where the numbers come from.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { Card } from "../parts/card.tsx";
import { rangeOf } from "./minutes.ts";
import type { Minute, MinuteField } from "./minutes.ts";

export interface Line {
  readonly field: MinuteField;
  readonly label: string;
  /** Colour by meaning: what style.css calls it. */
  readonly tone: "good" | "busy" | "bad" | "plain" | "link";
  /** Drawn downwards from zero. */
  readonly down?: boolean;
  /** Left out until somebody asks for it. */
  readonly off?: boolean;
}

export interface ChartProps {
  readonly title: string;
  readonly detail: string;
  readonly lines: readonly Line[];
  readonly minutes: readonly Minute[];
  /** A value for people. */
  readonly format: (value: number) => string;
  /** Another theme draws it anew. */
  readonly theme: string;
  /** From when to when, ms: also where the record begins later. */
  readonly from: number;
  readonly to: number;
}

const height = 168;
const tableRows = 180;
/** Half a task is none. */
const wholeSteps = [1, 2, 5]
  .flatMap((each) => [0, 1, 2, 3, 4, 5, 6].map((power) => each * 10 ** power))
  .sort((a, b) => a - b);
/** With fewer minutes than this each of them is a point as well. */
const sparse = 20;

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const atTime = (ms: number) => clock.format(ms);

/** Colours as the browser works them out: custom properties by themselves are only text. */
function colourOf(place: Element, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const faint = (colour: string): string =>
  colour.replace(/^rgb\(([^)]*)\)$/, "rgb($1 / 0.14)").replaceAll(",", " ");

function options(
  place: HTMLElement,
  newest: () => ChartProps,
  shown: (field: MinuteField) => boolean,
) {
  const props = newest();
  const ink = colourOf(place, "quiet");
  const grid = { stroke: colourOf(place, "line"), width: 1 };
  const { lines, format } = props;
  const font = "12px system-ui, sans-serif";
  const axis = { stroke: ink, font, grid, ticks: { show: false } };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const isSparse = () => newest().minutes.length < sparse;
  return {
    width: Math.max(200, place.clientWidth),
    height,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      sync: { key: "charts" },
      points: { size: 5 },
      drag: { x: false, y: false },
    },
    scales: {
      x: { time: true, range: () => [newest().from / 1000, newest().to / 1000] },
      y: {
        range: (_: unknown, min: number, max: number) => {
          // From zero, and with room for a line that lies on it.
          const top = Math.max(1, max ?? 1);
          const bottom = Math.min(0, min ?? 0);
          return [bottom * 1.08, top * 1.08];
        },
      },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: 64,
        values: (_: unknown, ticks: number[]) => ticks.map((each) => atTime(each * 1000)),
      },
      {
        ...axis,
        size: 52,
        incrs: wholeSteps,
        values: (_: unknown, ticks: number[]) => ticks.map((each) => format(Math.abs(each))),
      },
    ],
    series: [
      {},
      ...lines.map((line) => {
        const stroke = colourOf(place, line.tone === "plain" ? "quiet" : line.tone);
        return {
          label: line.label,
          stroke,
          fill: faint(stroke),
          width: 1.5,
          // What has no neighbours has no line either.
          points: { show: isSparse, size: 5, fill: stroke },
          show: shown(line.field),
          ...(stepped ? { paths: stepped } : {}),
        };
      }),
    ],
  } as unknown as uPlot.Options;
}

const columns = ({ minutes, lines }: ChartProps): uPlot.AlignedData => [
  minutes.map((minute) => minute.at / 1000),
  ...lines.map(({ field, down }) =>
    minutes.map((minute) => {
      const value = minute[field];
      return value === null || !down ? value : -value;
    }),
  ),
];

function Table({ props }: { readonly props: ChartProps }) {
  const { title, lines, minutes, format } = props;
  return (
    <div class="scroll short" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Minute</th>
            {lines.map(({ field, label }) => (
              <th scope="col" key={field}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {minutes
            .slice(-tableRows)
            .toReversed()
            .map((minute) => (
              <tr key={minute.at}>
                <th scope="row" class="number">
                  {atTime(minute.at)}
                </th>
                {lines.map(({ field }) => {
                  const value = minute[field];
                  return (
                    <td class="number" key={field}>
                      {value === null ? "–" : format(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the picture says, in a sentence. */
function summary({ title, lines, minutes, format }: ChartProps): string {
  const said = lines.flatMap(({ field, label }) => {
    const range = rangeOf(minutes, field);
    return range
      ? `${label} ${format(range.last)} now, between ${format(range.min)} and ${format(range.max)}`
      : [];
  });
  return `${title}. ${said.length > 0 ? said.join("; ") : "Nothing is recorded yet"}.`;
}

function Legend({
  props,
  pointed,
  hidden,
  onToggle,
}: {
  readonly props: ChartProps;
  readonly pointed: ReadonlySignal<number | undefined>;
  readonly hidden: ReadonlySet<MinuteField>;
  readonly onToggle: (field: MinuteField) => void;
}) {
  const { lines, minutes, format } = props;
  const minute = minutes[pointed.value ?? minutes.length - 1];
  return (
    <div class="chart-legend">
      {lines.map(({ field, label, tone }) => {
        const value = minute?.[field];
        return (
          <button
            key={field}
            type="button"
            class="plain"
            aria-pressed={!hidden.has(field)}
            onClick={() => onToggle(field)}
          >
            <i data-tone={tone} aria-hidden="true" />
            {label} <b>{value === null || value === undefined ? "–" : format(value)}</b>
          </button>
        );
      })}
      <span class="quiet number">{minute ? atTime(minute.at) : ""}</span>
    </div>
  );
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const pointed = useSignal<number | undefined>(undefined);
  const hidden = useSignal<ReadonlySet<MinuteField>>(
    new Set(props.lines.filter(({ off }) => off).map(({ field }) => field)),
  );
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const isShown = (field: MinuteField) => !hidden.peek().has(field);
    const made = new uPlot(
      {
        ...options(element, () => newest.current, isShown),
        hooks: { setCursor: [(u) => (pointed.value = u.cursor.idx ?? undefined)] },
      },
      columns(newest.current),
      element,
    );
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: Math.max(200, element.clientWidth), height }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [props.theme]);
  useEffect(() => plot.current?.setData(columns(props)), [props.minutes, props.from, props.to]);
  const toggle = (field: MinuteField) => {
    const next = new Set(hidden.value);
    if (!next.delete(field)) next.add(field);
    hidden.value = next;
    const at = props.lines.findIndex((line) => line.field === field) + 1;
    plot.current?.setSeries(at, { show: !next.has(field) });
  };
  return (
    <Card title={props.title} detail={props.detail}>
      <Legend props={props} pointed={pointed} hidden={hidden.value} onToggle={toggle} />
      <div class="chart" ref={place} role="img" aria-label={summary(props)} />
      <details>
        <summary>As a table</summary>
        <Table props={props} />
      </details>
    </Card>
  );
}
