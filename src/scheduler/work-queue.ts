// Keys waiting to be worked on: each at most once, one worker per key, and once more when it is added meanwhile.
export interface WorkQueue {
  add(key: string): void;
  /** Resolves when nothing waits and nobody works. */
  idle(): Promise<void>;
  /** Takes nothing on any more; what is being worked on is finished. */
  close(): Promise<void>;
}

/** `work` must not throw: what fails belongs to it, with its retry. A throw is a bug and stops the process. */
export function createWorkQueue(
  work: (key: string) => Promise<void>,
  concurrency: number,
): WorkQueue {
  const waiting = new Set<string>();
  const working = new Set<string>();
  const again = new Set<string>();
  let idlers: (() => void)[] = [];
  let closed = false;

  const settle = () => {
    if (working.size > 0 || (waiting.size > 0 && !closed)) return;
    for (const resolve of idlers) resolve();
    idlers = [];
  };
  const next = () => {
    while (!closed && working.size < concurrency) {
      const [key] = waiting;
      if (key === undefined) break;
      waiting.delete(key);
      working.add(key);
      void work(key).finally(() => {
        working.delete(key);
        if (again.delete(key)) waiting.add(key);
        next();
      });
    }
    settle();
  };
  const idle = () =>
    new Promise<void>((resolve) => {
      idlers.push(resolve);
      settle();
    });
  return {
    add: (key) => {
      if (working.has(key)) again.add(key);
      else waiting.add(key);
      next();
    },
    idle,
    close: () => {
      closed = true;
      waiting.clear();
      again.clear();
      return idle();
    },
  };
}
