// What needs more than the right to read. The message says which token has it.
import type { Context } from "./context.ts";
import { clientError } from "./errors.ts";

/** Throws FORBIDDEN unless the caller may change things. */
export function requireAdmin({ rights }: Pick<Context, "rights">): void {
  if (rights !== "admin")
    throw clientError(
      "FORBIDDEN",
      "this token may read only: use one of LONGSHORE_ADMIN_TOKENS for what changes or shows more.",
    );
}
