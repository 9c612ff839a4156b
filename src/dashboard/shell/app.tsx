// The frame around every page: skip link, header, navigation, focus and title when the page changes, shortcuts.
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Live } from "../live.ts";
import { Empty, PageHead } from "../parts/card.tsx";
import { pageOf, pages } from "../pages.ts";
import { countProblems } from "../problems.ts";
import { focusTitle } from "./focus.ts";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { LoadProgress } from "./progress.tsx";
import { formatRoute } from "./route.ts";
import { navigate, route } from "./router.ts";
import { changeToken, hasToken, live as current } from "./session.ts";
import { focusFilter, listenForShortcuts } from "./shortcuts.ts";
import type { Shortcut } from "./shortcuts.ts";
import { SignIn } from "./sign-in.tsx";
import { toggleTheme } from "./theme.ts";

function Navigation({ live }: { readonly live: Live }) {
  const name = route.value.path[0] ?? "";
  const list = useRef<HTMLUListElement>(null);
  // On a phone the pages are a line that scrolls: the one that is shown is in sight.
  useEffect(() => {
    const here = list.current?.querySelector("[aria-current]");
    here?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [name]);
  const { fleet, revisions } = live;
  for (const kind of ["instance", "task", "daemon", "cluster"] as const) void revisions[kind].value;
  const problems = countProblems(live);
  const counts: Readonly<Record<string, number>> = {
    instances: fleet.instances.size,
    tasks: fleet.tasks.size,
    daemons: fleet.daemons.size,
  };
  return (
    <nav class="rail" aria-label="Pages">
      <ul ref={list}>
        {pages
          .filter(({ key }) => key !== undefined)
          .map((page) => {
            const isHere = page.name === name || (page.name === "" && name === "clusters");
            const count = counts[page.name];
            return (
              <li key={page.name}>
                <a
                  href={formatRoute([page.name].filter(Boolean))}
                  aria-current={isHere ? "page" : undefined}
                >
                  {page.title}
                  {count !== undefined && <small>{count.toLocaleString("en")}</small>}
                  {page.name === "" && problems > 0 && (
                    <small data-tone="bad" title={`${problems} problems`}>
                      {problems}
                    </small>
                  )}
                </a>
              </li>
            );
          })}
        <li>
          <a href="/playground">Playground</a>
        </li>
      </ul>
    </nav>
  );
}

/** The page of the present place. Another thing shown is another component, so that nothing of the one before stays. */
function Shown({ live }: { readonly live: Live }) {
  const place = route.value;
  const page = pageOf(place);
  const rest = place.path.slice(1);
  const Show = rest.length > 0 ? page?.showOne : page?.show;
  if (Show) return <Show key={place.path.join("/")} live={live} rest={rest} />;
  return (
    <>
      <PageHead title="There is no such page" />
      <Empty>
        The address may be mistyped, or of another release. <a href="#/">Go to the fleet.</a>
      </Empty>
    </>
  );
}

/** Names the page in the window's title. */
function usePageTitle(): void {
  useSignalEffect(() => {
    const place = route.value;
    const title = pageOf(place)?.title ?? "Not found";
    const of = place.path[1];
    document.title = `${of === undefined ? title : `${title} ${of.slice(of.lastIndexOf("/") + 1)}`} · Longshore`;
  });
}

function useShortcuts(onHelp: () => void): readonly Shortcut[] {
  const shortcuts = useRef<readonly Shortcut[]>([
    ...pages.flatMap(({ key, name, title }): Shortcut[] =>
      key === undefined
        ? []
        : [
            {
              keys: `g ${key}`,
              does: `go to ${title}`,
              run: () => navigate(formatRoute([name].filter(Boolean))),
            },
          ],
    ),
    { keys: "/", does: "go to the filter", run: focusFilter },
    { keys: "u", does: "go back", run: () => window.history.back() },
    { keys: "t", does: "dark or light", run: toggleTheme },
    { keys: "?", does: "show this sheet", run: onHelp },
  ]).current;
  useEffect(() => listenForShortcuts(() => shortcuts), []);
  return shortcuts;
}

function Frame({ live }: { readonly live: Live }) {
  const helps = useSignal(false);
  const shortcuts = useShortcuts(() => (helps.value = true));
  usePageTitle();
  return (
    <>
      <a
        class="skip"
        href="#page-title"
        onClick={(event) => {
          // The address's hash is the place: it stays.
          event.preventDefault();
          focusTitle();
        }}
      >
        Skip to the page
      </a>
      <Header
        live={live}
        onHelp={() => (helps.value = true)}
        onSignOut={hasToken.value ? () => changeToken(null) : undefined}
      />
      <div class="frame">
        <Navigation live={live} />
        <main>
          <LoadProgress live={live} />
          <Shown live={live} />
        </main>
      </div>
      {helps.value && <Help shortcuts={shortcuts} onClose={() => (helps.value = false)} />}
    </>
  );
}

export function App() {
  const live = current.value;
  if (live.connection.value.state === "unauthenticated")
    return <SignIn refused={hasToken.value} onToken={changeToken} />;
  return <Frame live={live} />;
}
