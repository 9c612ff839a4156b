// What REDIS_URL may be, and what is said about one that cannot be read.
import { expect, test } from "vitest";
import { parseRedisUrl, redactedUrl } from "./redis-url.ts";

const place = {
  shape: "standalone",
  hosts: [{ host: "redis.internal", port: 6379 }],
  path: undefined,
  login: {},
  db: 0,
  masterName: "",
  sentinelLogin: {},
  tls: undefined,
};

test.each([
  ["redis://redis.internal", place],
  [
    "redis://:p%40ss@10.0.0.7:7000/3",
    { hosts: [{ host: "10.0.0.7", port: 7000 }], login: { password: "p@ss" }, db: 3 },
  ],
  [
    "redis://longshore:secret@[::1]:6379",
    { hosts: [{ host: "::1", port: 6379 }], login: { username: "longshore", password: "secret" } },
  ],
  ["rediss://redis.internal", { ...place, tls: {} }],
  ["redis://redis.internal?tls=true&ca=/etc/ca.pem", { tls: { ca: "/etc/ca.pem" } }],
  [
    "rediss://h?cert=/c.pem&key=/k.pem&servername=r.internal",
    { tls: { cert: "/c.pem", key: "/k.pem", servername: "r.internal" } },
  ],
  ["unix:///run/redis.sock", { ...place, hosts: [], path: "/run/redis.sock" }],
  [
    "redis+sentinel://longshore:secret@s1:26380,s2/harbour/2?sentinel_password=other",
    {
      shape: "sentinel",
      hosts: [
        { host: "s1", port: 26_380 },
        { host: "s2", port: 26_379 },
      ],
      login: { username: "longshore", password: "secret" },
      masterName: "harbour",
      db: 2,
      sentinelLogin: { password: "other" },
      tls: undefined,
    },
  ],
  ["rediss+sentinel://s1/harbour", { shape: "sentinel", masterName: "harbour", tls: {} }],
  [
    "redis+cluster://:secret@10.0.0.7:7000,10.0.0.8:7001",
    {
      shape: "cluster",
      hosts: [
        { host: "10.0.0.7", port: 7000 },
        { host: "10.0.0.8", port: 7001 },
      ],
      login: { password: "secret" },
    },
  ],
  [
    "rediss+cluster://clustercfg.longshore.abc.euw1.cache.amazonaws.com:6379",
    { shape: "cluster", tls: {} },
  ],
])("%s", (url, expected) => {
  expect(parseRedisUrl(url)).toMatchObject(expected);
});

test.each([
  ["localhost:6379", /is no address/],
  ["http://redis.internal", /starts with http:\/\//],
  ["redis://one,two", /several hosts/],
  ["redis://", /names no host/],
  ["redis://h:99999", /port 99999/],
  ["redis://h:port", /host that cannot be read/],
  ["redis://h/first", /database that is no number/],
  ["redis+sentinel://s1,s2", /under which name/],
  ["redis+cluster://h/1", /has the database 1/],
  ["redis://h?tsl=true", /parameter tsl: tls, ca/],
  ["redis://h?tls=yes", /neither true nor false/],
  ["rediss://h?cert=/c.pem", /cert without its key/],
  ["redis://:100%@h", /percent-encoded/],
])("%s is refused in words", (url, words) => {
  expect(() => parseRedisUrl(url)).toThrow(words);
});

const refusalOf = (url: string): string => {
  try {
    parseRedisUrl(url);
    return "";
  } catch (error) {
    return String(error);
  }
};

test("no password is shown, of whatever is written", () => {
  for (const url of [
    "redis://user:hunter2@h",
    "redis+sentinel://:hunter2@a:1,b/m?sentinel_password=hunter2&tls=true",
    "redis://:hunter2@h@one,two",
    "redis://:hunter2/@h",
  ]) {
    expect(redactedUrl(url)).not.toContain("hunter2");
    expect(refusalOf(url)).not.toContain("hunter2");
  }
});

test("a sentinel's password is kept out of logs however its parameter is written", () => {
  const url = "redis+sentinel://host/main?ca=%2Fca.pem&sentinel%5Fpassword=hunter2";
  expect(parseRedisUrl(url).sentinelLogin).toEqual({ password: "hunter2" });
  expect(redactedUrl(url)).toBe("redis+sentinel://host/main?ca=%2Fca.pem&sentinel%5Fpassword=***");
});
