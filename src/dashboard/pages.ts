// The pages: their place in the address, their name in the navigation, and what shows them. A page of a folder of its
// own (daemons, charts) is entered here and nowhere else.
import type { ComponentType } from "preact";
import type { Live } from "./live.ts";
import { ChangesPage } from "./pages/changes.tsx";
import { ClusterPage } from "./pages/cluster.tsx";
import { EndpointsPage } from "./pages/endpoints.tsx";
import { FailuresPage } from "./pages/failures.tsx";
import { FleetPage } from "./pages/fleet.tsx";
import { InstancePage } from "./pages/instance.tsx";
import { InstancesPage } from "./pages/instances.tsx";
import { TaskPage } from "./pages/task.tsx";
import { TasksPage } from "./pages/tasks.tsx";
import { ChartsPage } from "./charts/page.tsx";
import { DaemonPlacePage, DaemonsPage } from "./daemons/page.tsx";
import type { Route } from "./shell/route.ts";

export interface PageProps {
  readonly live: Live;
  /** What the path says behind the page's own name: an ARN, say. */
  readonly rest: readonly string[];
}

export interface Page {
  /** First part of the path; empty for the first page. */
  readonly name: string;
  readonly title: string;
  /** In the navigation, reached by `g` and this letter. Without it the page is reached by links only. */
  readonly key?: string;
  /** Shows everything, or with `rest` one thing. */
  readonly show: ComponentType<PageProps>;
  readonly showOne?: ComponentType<PageProps>;
}

export const pages: readonly Page[] = [
  { name: "", title: "Fleet", key: "f", show: FleetPage },
  { name: "clusters", title: "Cluster", show: FleetPage, showOne: ClusterPage },
  { name: "instances", title: "Instances", key: "i", show: InstancesPage, showOne: InstancePage },
  { name: "tasks", title: "Tasks", key: "t", show: TasksPage, showOne: TaskPage },
  { name: "endpoints", title: "Endpoints", key: "e", show: EndpointsPage },
  { name: "daemons", title: "Daemons", key: "d", show: DaemonsPage, showOne: DaemonPlacePage },
  { name: "failures", title: "Failures", key: "x", show: FailuresPage },
  { name: "charts", title: "Charts", key: "h", show: ChartsPage },
  { name: "changes", title: "Changes", key: "c", show: ChangesPage },
];

/** The page of a place; undefined when there is none of that name. */
export const pageOf = ({ path }: Route): Page | undefined =>
  pages.find(({ name }) => name === (path[0] ?? ""));
