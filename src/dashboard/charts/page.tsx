// The place of the charts among the pages. Loads them when they are first looked at: they bring a library along.
// Their styles are there at once: loading them with the part that draws takes more code than they are.
import "uplot/dist/uPlot.min.css";
import "./charts.css";
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Live } from "../live.ts";
import type { PageProps } from "../pages.ts";
import { Empty, Notice, PageHead } from "../parts/card.tsx";

const loaded = signal<ComponentType<{ readonly live: Live }> | undefined>(undefined);
const failed = signal(false);

async function load(): Promise<void> {
  failed.value = false;
  try {
    const { Charts } = await import("./charts.tsx");
    loaded.value = Charts;
  } catch {
    failed.value = true;
  }
}

export function ChartsPage({ live }: PageProps) {
  useEffect(() => {
    if (!loaded.peek()) void load();
  }, []);
  const Charts = loaded.value;
  if (Charts) return <Charts live={live} />;
  return (
    <>
      <PageHead title="Charts" />
      {failed.value ? (
        <Notice>
          The charts could not be loaded: the server may be of another release by now. Load this
          page anew.
        </Notice>
      ) : (
        <Empty>Loading the charts.</Empty>
      )}
    </>
  );
}
