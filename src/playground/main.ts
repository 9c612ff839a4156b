// Entry of the playground: GraphiQL with its editor's workers bundled, the examples, and our fetcher.
// Written without JSX, because JSX means Preact in this project.
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";
import { GraphiQL } from "graphiql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { exampleTabs } from "./examples.ts";
import { createFetcher } from "./fetcher.ts";

const place = document.querySelector("#playground");
if (!place) throw new Error("playground.html has lost its #playground element");

const home = createElement("a", { href: "/", className: "home" }, "Longshore");

createRoot(place).render(
  createElement(
    GraphiQL,
    {
      fetcher: createFetcher(window.location),
      defaultTabs: exampleTabs,
      defaultEditorToolsVisibility: "variables",
      // A token in the headers editor is a secret: it is gone with the page unless a person asks otherwise.
      shouldPersistHeaders: false,
    },
    createElement(GraphiQL.Logo, null, home),
  ),
);
