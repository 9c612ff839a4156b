// Whether a port is free, asked before anything is started.
import { createServer } from "node:net";

/** Why nothing can listen there, in words that name the variable to change; undefined when it is free. */
export async function portProblem(
  host: string,
  port: number,
  what: string,
  variable: string,
): Promise<string | undefined> {
  const probe = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    probe.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
  switch (code) {
    case undefined:
      return undefined;
    case "EADDRINUSE":
      return (
        `Port ${port} on ${host}, wanted for ${what}, is in use by another program. ` +
        `Stop that one, or choose another port: ${variable}=${port + 100} npm start`
      );
    case "EACCES":
      return `You may not listen on port ${port}, wanted for ${what}: choose one above 1023 with ${variable}.`;
    default:
      return `Nothing can listen on ${host} port ${port}, wanted for ${what} (${code}): check ${variable} and LONGSHORE_HOST.`;
  }
}
