// The list of endpoints: where containers can be reached, followed for as long as the page is open.
import { useEffect } from "preact/hooks";
import { shortId } from "../feed.ts";
import type { Endpoint } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { PageHead } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";
import type { Column } from "../table/column.ts";
import { List } from "../table/list.tsx";

const columns: readonly Column<Endpoint>[] = [
  {
    id: "address",
    title: "Address",
    width: 13,
    essential: true,
    text: ({ host, port }) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`),
    show: ({ host, port }) => (
      <span class="id">{host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`}</span>
    ),
  },
  {
    id: "container",
    title: "Container",
    width: 9,
    essential: true,
    text: (each) => each.container,
  },
  {
    id: "port",
    title: "Container port",
    width: 7,
    number: true,
    text: ({ containerPort }) => String(containerPort),
    sort: ({ containerPort }) => containerPort,
  },
  { id: "protocol", title: "Protocol", width: 6, text: ({ protocol }) => protocol },
  {
    id: "healthy",
    title: "Health",
    width: 7,
    essential: true,
    text: ({ healthy }) => (healthy ? "healthy" : "unhealthy"),
    show: ({ healthy }) =>
      healthy ? <span class="quiet">healthy</span> : <Chip text="unhealthy" tone="bad" />,
  },
  {
    id: "task",
    title: "Task",
    width: 8,
    essential: true,
    text: ({ task }) => task.arn.slice(task.arn.lastIndexOf("/") + 1),
    show: ({ task }) => (
      <a class="id" href={links.task(task.arn)}>
        {shortId(task.arn.slice(task.arn.lastIndexOf("/") + 1))}
      </a>
    ),
  },
  {
    id: "cluster",
    title: "Cluster",
    width: 9,
    text: ({ cluster }) => cluster.name,
    show: ({ cluster }) => <a href={links.cluster(cluster.arn)}>{cluster.name}</a>,
  },
  { id: "zone", title: "Zone", width: 8, text: (each) => each.availabilityZone ?? "" },
];

const facets = [
  { id: "cluster", title: "Cluster" },
  { id: "container", title: "Container" },
];

export function EndpointsPage({ live }: PageProps) {
  useEffect(() => live.also("endpoint"), [live]);
  return (
    <>
      <PageHead title="Endpoints" />
      <List
        name="Endpoints"
        columns={columns}
        facets={facets}
        sort={{ id: "address", down: false }}
        rows={() => live.fleet.endpoints}
        revision={live.revisions.endpoint}
        empty={
          live.fleet.synced.has("endpoint")
            ? "No container listens on a port that Longshore knows of."
            : "Waiting for the endpoints."
        }
      />
    </>
  );
}
