// Ends this process when the one that started it is gone, even by kill -9: nothing is left over.
// Works through the IPC channel that the starter opened; does nothing for a process started by hand.

/** How long an orderly end may take. */
const graceMs = 8000;

/** Call once, early, in every process that a supervisor starts. The end is a SIGTERM to itself, then by force. */
export function exitWithParent(): void {
  if (process.channel === undefined || process.channel === null) return;
  process.once("disconnect", () => {
    // Its timer does not keep the process alive.
    AbortSignal.timeout(graceMs).addEventListener("abort", () => process.exit(1));
    process.kill(process.pid, "SIGTERM");
  });
  process.channel.unref();
}
