// JSON Web Tokens: checks one against the issuer's published keys and reads its rights. Keeps keys and verdicts for a
// while; holds no token's text.
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import type { JwtConfig } from "../config.ts";
import type { Log } from "../log.ts";
import type { Caller, Rights } from "./caller.ts";
import type { Refusal } from "./respond.ts";

/** Signatures by a public key. No `none`, and no HS*: a secret that both sides hold is no key that can be published. */
const algorithms = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");

/** By how much the issuer's clock may differ from ours. */
const clockToleranceSeconds = 5;
/** How often the keys are read again, so that one that was withdrawn stops working. */
const reloadMs = 300_000;
/** Between two reads because of a key that is not known: anybody can send one. */
const cooldownMs = 2000;
const fetchTimeoutMs = 5000;
const keptVerdicts = 1000;

/** What can be told of a token; `client` is left to the caller where the token names nobody. */
export type Verdict = Omit<Caller, "client"> & { readonly subject: string | undefined };

export interface JwtVerifier {
  /** Judges a token; `hash` stands for it where verdicts are kept. Never rejects. */
  verify(token: string, hash: string): Verdict | Promise<Verdict>;
  close(): void;
}

const list = (value: unknown): string[] => {
  if (typeof value === "string") return value.split(/[\s,]+/);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
};

/** Rights by the scopes in `scope`, `scp` or `scopes`: a text or a list. */
export function rightsOfScopes(payload: Readonly<Record<string, unknown>>): Rights {
  const scopes = ["scope", "scp", "scopes"].flatMap((name) => list(payload[name]));
  if (scopes.includes("longshore:admin")) return "admin";
  return scopes.includes("longshore:read") ? "read" : "none";
}

const refused = (code: Refusal["code"], message: string): Verdict => ({
  rights: "none",
  expiresAt: undefined,
  subject: undefined,
  refusal: { code, message },
});

function verdictOf(payload: JWTPayload): Verdict {
  const rights = rightsOfScopes(payload);
  if (rights === "none")
    return refused(
      "FORBIDDEN",
      "this JWT has neither scope longshore:read nor longshore:admin: ask its issuer for one of them.",
    );
  const { iss, sub, exp } = payload;
  return {
    rights,
    expiresAt: exp === undefined ? undefined : (exp + clockToleranceSeconds) * 1000,
    subject: sub === undefined ? undefined : `${iss ?? ""} ${sub}`,
    refusal: undefined,
  };
}

/** Why a token is refused, in words; undefined when it is not the token's fault. */
function faultOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return "this JWT has expired: get a new one.";
  if (error instanceof errors.JWTClaimValidationFailed)
    return `this JWT is not for here: its claim "${error.claim}" does not fit what the server was started with.`;
  if (error instanceof errors.JWKSNoMatchingKey)
    return "this JWT is signed by a key that LONGSHORE_JWKS_URL does not have.";
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return "this JWT does not say which key signed it: it needs a kid.";
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return `this JWT is signed in a way that is not accepted: ${algorithms.join(", ")} are.`;
  const broken =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid;
  return broken ? "this JWT cannot be trusted: its signature or its form is wrong." : undefined;
}

export function createJwtVerifier(config: JwtConfig, clock: Clock, log: Log): JwtVerifier {
  const verdicts = new LRUCache<string, Verdict>({ max: keptVerdicts });
  let isAway = false;
  const keys = createRemoteJWKSet(new URL(config.jwksUrl), {
    cooldownDuration: cooldownMs,
    // Known keys go on working while the issuer is away; withdrawn ones leave by the reload below.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    timeoutDuration: fetchTimeoutMs,
    [customFetch]: fetchOnceAWhile(clock),
  });

  async function reload(): Promise<void> {
    const before = JSON.stringify(keys.jwks());
    try {
      await keys.reload();
      if (JSON.stringify(keys.jwks()) !== before) verdicts.clear();
      if (isAway) log.info({ url: config.jwksUrl }, "the keys of JWTs can be read again");
      isAway = false;
    } catch (error) {
      noteAway(error);
    }
  }
  function noteAway(error: unknown): void {
    if (isAway) return;
    isAway = true;
    log.warn(
      { url: config.jwksUrl, reason: reasonOf(error), hasKeys: keys.jwks() !== undefined },
      "the keys of JWTs cannot be read: check LONGSHORE_JWKS_URL. JWTs of known keys go on working, others are refused; it is asked again",
    );
  }
  let cancel = (): void => undefined;
  let isClosed = false;
  const reloadForever = (): void => {
    void reload().then(() => {
      if (!isClosed) cancel = clock.after(reloadMs, reloadForever);
    });
  };
  reloadForever();

  async function judge(token: string, hash: string): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms,
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(clock.now()),
        ...(config.audience === undefined ? {} : { audience: config.audience }),
        ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
      });
      const verdict = verdictOf(payload);
      verdicts.set(hash, verdict);
      return verdict;
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== undefined) return refused("UNAUTHENTICATED", fault);
      noteAway(error);
      return refused(
        "UNAVAILABLE",
        "the keys that JWTs are checked with cannot be read now: try again in a moment.",
      );
    }
  }
  return {
    verify: (token, hash) => {
      const known = verdicts.get(hash);
      const isGood = known && (known.expiresAt === undefined || known.expiresAt > clock.now());
      return isGood ? known : judge(token, hash);
    },
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

/** After a failure the same answer for a moment: whoever sends tokens must not make us ask as often. */
function fetchOnceAWhile(clock: Clock): typeof fetch {
  let failed: { readonly at: number; readonly error: unknown } | undefined;
  return async (...request) => {
    if (failed && clock.monotonic() - failed.at < cooldownMs) throw failed.error;
    failed = undefined;
    try {
      const response = await fetch(...request);
      if (!response.ok) throw new Error(`it answers with status ${response.status}`);
      return response;
    } catch (error) {
      failed = { at: clock.monotonic(), error };
      throw error;
    }
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
