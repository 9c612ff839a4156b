// An issuer of JWTs for tests: real keys, published by a real http server that can be told to change or to fail.
import { createServer } from "node:http";
import { once } from "node:events";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK, JWTPayload } from "jose";

export interface Issuer {
  readonly url: string;
  /** How often its keys were asked for. */
  asked(): number;
  /** Signs claims by the newest key; `alg` and `exp` as given. */
  sign(claims: JWTPayload, secondsToLive?: number): Promise<string>;
  /** Replaces its key; the old one is published no more unless `keepOld`. */
  rotate(keepOld?: boolean): Promise<void>;
  /** From now on it answers with this status instead of keys; undefined for keys again. */
  fail(status: number | undefined): void;
  close(): Promise<void>;
}

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

async function createKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256" } };
}

export async function startIssuer(port = 0): Promise<Issuer> {
  let asked = 0;
  let status: number | undefined;
  let keys = [await createKey("key-1")];
  const server = createServer((_, response) => {
    asked++;
    if (status !== undefined) response.writeHead(status).end("no keys today");
    else response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const usedPort = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://127.0.0.1:${usedPort}/keys.json`,
    asked: () => asked,
    sign: async (claims, secondsToLive = 300) => {
      const [key] = keys;
      if (!key) throw new Error("the issuer has no key");
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", kid: key.kid })
        .setIssuedAt(now)
        .setExpirationTime(now + secondsToLive)
        .sign(key.privateKey);
    },
    rotate: async (keepOld = false) => {
      const next = await createKey(`key-${keys.length + asked + 2}`);
      keys = keepOld ? [next, ...keys] : [next];
    },
    fail: (next) => {
      status = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
