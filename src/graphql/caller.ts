// Who asks: from the token of a request or a socket to rights. The one place that both transports authenticate through.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { AccessTokens, JwtConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { createAddressOf } from "./client-address.ts";
import type { AddressOf } from "./client-address.ts";
import { createJwtVerifier } from "./jwt.ts";
import type { Verdict } from "./jwt.ts";
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
  /** Where a request comes from, for limits and logs. */
  readonly addressOf: AddressOf;
  /** Asks for no keys any more. */
  close(): void;
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
  message:
    "this token is not known here: send one that the server was started with, or a JWT that it accepts.",
};

export interface AuthenticationOptions {
  readonly tokens: AccessTokens;
  /** Whose JWTs are accepted; undefined for none. */
  readonly jwt?: JwtConfig | undefined;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const hasFormOfJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { tokens, clock, log } = options;
  const jwts = options.jwt && createJwtVerifier(options.jwt, clock, log);
  const known = (["admin", "read"] as const).flatMap((rights) =>
    tokens[rights].map((token) => {
      const hash = digest(token);
      return { hash, caller: { rights, client: clientOf(hash), ...forEver } };
    }),
  );
  const isGuarded = known.length > 0 || jwts !== undefined;

  /** What comes of a token that may be anything. */
  function judge(token: string, address: string): Caller | Promise<Caller> {
    const given = digest(token);
    // Every token is compared, each in constant time: how long it takes tells nothing about any.
    const [match] = known.filter(({ hash }) => timingSafeEqual(given, hash));
    if (match) return match.caller;
    if (!jwts || !hasFormOfJwt(token)) return { ...nobody, client: address, refusal: wrongToken };
    const toCaller = ({ subject, ...verdict }: Verdict): Caller => {
      const client = subject === undefined ? clientOf(given) : `subject ${subject}`;
      return { ...verdict, client: verdict.refusal ? address : client };
    };
    const verdict = jwts.verify(token, given.toString("base64"));
    return "then" in verdict ? verdict.then(toCaller) : toCaller(verdict);
  }

  return {
    isGuarded,
    addressOf: createAddressOf(options.trustedProxies ?? []),
    authenticate: (authorization, address) => {
      if (!isGuarded) return { rights: "admin", client: address, ...forEver };
      const token = tokenOf(authorization);
      return token === undefined
        ? { ...nobody, client: address, refusal: noToken }
        : judge(token, address);
    },
    close: () => jwts?.close(),
  };
}

const forEver = { expiresAt: undefined, refusal: undefined };
const nobody = { rights: "none", expiresAt: undefined } as const;

const clientOf = (hash: Buffer): string => `token ${hash.toString("hex").slice(0, 12)}`;
