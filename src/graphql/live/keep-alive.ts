// Finds sockets whose peer is gone without a word: each is pinged in its turn, and ended when it neither answers nor
// takes anything until the next.
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "../../clock.ts";

/** Each socket is pinged once in so many seconds, a part of all sockets each second. */
const turns = 12;
const turnMs = 1000;

interface Peer {
  readonly socket: WebSocket;
  readonly network: Duplex & { readonly bytesWritten?: number };
  hasAnswered: boolean;
  /** Bytes that it had taken at its last turn. */
  taken: number;
}

export interface KeepAlive {
  /** Watches a socket until the returned function is called. */
  watch(socket: WebSocket, network: Duplex): () => void;
  close(): void;
}

/** Bytes that have left for the peer: a reader with much to read is alive, though its answer waits behind it. */
const takenBy = ({ network }: Pick<Peer, "network">): number =>
  (network.bytesWritten ?? 0) - network.writableLength;

export function createKeepAlive(clock: Clock): KeepAlive {
  const circles = Array.from({ length: turns }, () => new Set<Peer>());
  let turn = 0;
  let joined = 0;

  function visit(peer: Peer): void {
    const { socket } = peer;
    if (socket.readyState !== socket.OPEN) return;
    const taken = takenBy(peer);
    const isBusy = peer.network.writableLength > 0 && taken > peer.taken;
    if (!peer.hasAnswered && !isBusy) return socket.terminate();
    peer.hasAnswered = false;
    peer.taken = taken;
    socket.ping();
  }

  function next(): void {
    turn = (turn + 1) % turns;
    for (const peer of circles[turn] ?? []) visit(peer);
    cancel = clock.after(turnMs, next);
  }
  let cancel = clock.after(turnMs, next);

  return {
    watch: (socket, network) => {
      const peer: Peer = { socket, network, hasAnswered: true, taken: 0 };
      const circle = circles[joined++ % turns];
      circle?.add(peer);
      socket.on("pong", () => {
        peer.hasAnswered = true;
      });
      return () => void circle?.delete(peer);
    },
    close: () => cancel(),
  };
}
