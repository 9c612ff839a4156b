// The last look before a call goes out: whether it may still be made is asked again when its bytes are about to be
// written, not only when it was begun. In between lie a connection to be opened and a process that may be frozen.
import { AsyncLocalStorage } from "node:async_hooks";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { MayCall } from "../ecs/ecs-api.ts";

const looks = new AsyncLocalStorage<MayCall>();

/** Makes a call that looks once more before it goes out. Throws {@link CallWithheld}: surely nothing was sent. */
export function withLastLook<Answer>(mayCall: MayCall | undefined, call: () => Promise<Answer>) {
  return mayCall === undefined ? call() : looks.run(mayCall, call);
}

/** Throws {@link CallWithheld} when the call under way may not be made any more. */
export function lookOnce(): void {
  if (looks.getStore()?.() === false) throw new CallWithheld();
}

type Create = (options: AgentOptions) => Duplex | null | undefined;
type Done = (error: Error | null, socket?: Duplex) => void;

/** Hands a new connection over when it is open, and only if the call that it was opened for may still be made. */
function openThenLook(create: Create, event: string, options: AgentOptions, done: Done): void {
  const mayCall = looks.getStore();
  const socket = create(options);
  if (!socket) return done(new Error("no connection was made"));
  const failed = (error: Error) => done(error);
  socket.once("error", failed);
  socket.once(event, () => {
    socket.off("error", failed);
    if (mayCall?.() !== false) return done(null, socket);
    socket.destroy();
    done(new CallWithheld());
  });
}

class LookingHttpAgent extends HttpAgent {
  override createConnection(options: AgentOptions, done: Done): undefined {
    openThenLook((o) => super.createConnection(o), "connect", options, done);
    return undefined;
  }
}

class LookingHttpsAgent extends HttpsAgent {
  override createConnection(options: AgentOptions, done: Done): undefined {
    openThenLook((o) => super.createConnection(o), "secureConnect", options, done);
    return undefined;
  }
}

const kept = { keepAlive: true, maxSockets: 50 };

export const lookingAgents = () => ({
  httpAgent: new LookingHttpAgent(kept),
  httpsAgent: new LookingHttpsAgent(kept),
});
