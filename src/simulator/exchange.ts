// One HTTP request and its answer, without node:http: what the wire modules read and give back.

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** False once the client's connection has closed. */
  readonly isOpen: () => boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly delayMs?: number;
  /** Called when the answer did not reach the client's connection. */
  readonly undo?: () => void;
}

/** `hangUp`: the connection is dropped with no answer. */
export type Outcome = Reply | "hangUp";
