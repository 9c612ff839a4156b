// Entry of the dashboard: the token, the live connection, and the page around them.
import { useSignal } from "@preact/signals";
import { signal } from "@preact/signals";
import { render } from "preact";
import { systemClock } from "../clock.ts";
import { createAsk } from "./ask.ts";
import { startLive } from "./live.ts";
import type { Live } from "./live.ts";
import { Changes } from "./parts/changes.tsx";
import { Clusters } from "./parts/clusters.tsx";
import { Daemons } from "./parts/daemons.tsx";
import { Header } from "./parts/header.tsx";
import { InstanceDetails } from "./parts/instance-details.tsx";
import { SignIn } from "./parts/sign-in.tsx";
import { Tasks } from "./parts/tasks.tsx";

const tokenKey = "longshore.token";

const beforePaint = (callback: () => void) => {
  const frame = requestAnimationFrame(callback);
  return () => cancelAnimationFrame(frame);
};

function connect(token: string | null): Live {
  const authorization = token === null ? undefined : `Bearer ${token}`;
  const { protocol, host } = window.location;
  return startLive({
    url: `${protocol === "https:" ? "wss:" : "ws:"}//${host}/graphql`,
    authorization,
    clock: systemClock,
    random: () => Math.random(),
    ask: createAsk(authorization),
    beforePaint,
  });
}

const token = signal(sessionStorage.getItem(tokenKey));
const live = signal(connect(token.value));

function changeToken(next: string | null): void {
  if (next === null) sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, next);
  live.value.stop();
  token.value = next;
  live.value = connect(next);
}

function Dashboard({ live: shown }: { readonly live: Live }) {
  const opened = useSignal<string | undefined>(undefined);
  const open = useSignal((arn: string) => {
    opened.value = arn;
  }).value;
  return (
    <>
      <Header live={shown} onSignOut={token.value === null ? undefined : () => changeToken(null)} />
      <main class="columns">
        <div class="fleet">
          <Clusters live={shown} onOpen={open} />
          <Daemons live={shown} />
          <Tasks live={shown} onOpen={open} />
        </div>
        <Changes live={shown} />
      </main>
      {opened.value !== undefined && (
        <InstanceDetails
          live={shown}
          arn={opened.value}
          onClose={() => (opened.value = undefined)}
        />
      )}
    </>
  );
}

function Page() {
  if (live.value.connection.value.state === "unauthenticated")
    return <SignIn refused={token.value !== null} onToken={changeToken} />;
  return <Dashboard live={live.value} />;
}

const place = document.querySelector("#dashboard");
if (!place) throw new Error("index.html has lost its #dashboard element");
render(<Page />, place);
