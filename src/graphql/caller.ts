// Who asks: from the token of a request or a socket to rights. The one place that both transports authenticate through.
import { createHash, timingSafeEqual } from "node:crypto";
import type { AccessTokens } from "../config.ts";
import type { Refusal } from "./respond.ts";

/** none: no token, or one that does not do. */
export type Rights = "none" | "read" | "admin";

/** Who asks, for as long as its token is good. */
export interface Caller {
  readonly rights: Rights;
  /** Whom limits count for: a token's digest, a JWT's subject, or an address. Says nothing about the token. */
  readonly client: string;
  /** When its JWT ends, milliseconds since the epoch; undefined for never. */
  readonly expiresAt: number | undefined;
  /** Why its rights are "none"; undefined when they are not. */
  readonly refusal: Refusal | undefined;
}

export interface Authentication {
  /** False on loopback without any token: then everybody who gets here may do everything. */
  readonly isGuarded: boolean;
  /**
   * The caller behind an `Authorization` value. Never rejects: whoever cannot be let in has rights "none" and a
   * refusal that says why. A promise only where a key has to be looked up.
   */
  authenticate(authorization: string | undefined, address: string): Caller | Promise<Caller>;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

const tokenOf = (authorization: string | undefined): string | undefined =>
  /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];

const noToken: Refusal = {
  code: "UNAUTHENTICATED",
  message: "send a token: Authorization: Bearer <token>.",
};
const wrongToken: Refusal = {
  code: "UNAUTHENTICATED",
  message: "this token is not known here: send one of those that the server was started with.",
};

export function createAuthentication(tokens: AccessTokens): Authentication {
  const known = (["admin", "read"] as const).flatMap((rights) =>
    tokens[rights].map((token) => {
      const hash = digest(token);
      const client = `token ${hash.toString("hex").slice(0, 12)}`;
      return { hash, caller: { rights, client, expiresAt: undefined, refusal: undefined } };
    }),
  );
  const isGuarded = known.length > 0;
  const nobody = (address: string, refusal: Refusal): Caller => ({
    rights: "none",
    client: address,
    expiresAt: undefined,
    refusal,
  });
  return {
    isGuarded,
    authenticate: (authorization, address) => {
      if (!isGuarded)
        return { rights: "admin", client: address, expiresAt: undefined, refusal: undefined };
      const token = tokenOf(authorization);
      if (token === undefined) return nobody(address, noToken);
      const given = digest(token);
      // Every token is compared, each in constant time: how long it takes tells nothing about any.
      const matches = known.filter(({ hash }) => timingSafeEqual(given, hash));
      return matches[0]?.caller ?? nobody(address, wrongToken);
    },
  };
}
