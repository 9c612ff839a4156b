// Serves the built pages: the dashboard at /, GraphiQL at /playground. Nothing outside its folder, ever.
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { ServerResponse } from "node:http";
import { playgroundHeaders, securityHeaders } from "./security-headers.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".ttf": "font/ttf",
  ".woff2": "font/woff2",
  ".map": "application/json",
  ".png": "image/png",
};

const pages: Readonly<Record<string, string>> = {
  "/": "index.html",
  "/playground": "playground.html",
  "/playground/": "playground.html",
};

const notBuilt =
  "<!doctype html><meta charset=utf-8><title>Longshore</title><p>The pages are not built yet: run <code>npm start</code>, or use the API at <code>/graphql</code>.</p>";

/** What the build packed beforehand; undefined for what it left as it is. */
const readPacked = (path: string): Promise<Buffer | undefined> =>
  readFile(`${path}.gz`).catch(() => undefined);

/** Answers a GET for a page or asset; false when the path is none of them. */
export async function serveFile(
  folder: string,
  path: string,
  response: ServerResponse,
): Promise<boolean> {
  const page = pages[path];
  if (page === undefined && !path.startsWith("/assets/")) return false;
  const name = page ?? normalize(path).replace(/^\/+/, "");
  if (name.includes("..") || name.includes("\0")) return false;
  const type = types[extname(name)] ?? "application/octet-stream";
  const takesGzip = /\bgzip\b/.test(response.req?.headers["accept-encoding"] ?? "");
  const packed = takesGzip && page === undefined ? await readPacked(join(folder, name)) : undefined;
  let body: Buffer | string;
  try {
    body = packed ?? (await readFile(join(folder, name)));
  } catch {
    if (page === undefined) return false;
    body = notBuilt;
  }
  response.writeHead(200, {
    ...(page === "playground.html" ? playgroundHeaders : securityHeaders),
    "content-type": type,
    ...(packed ? { "content-encoding": "gzip" } : {}),
    ...(page === undefined ? { vary: "accept-encoding" } : {}),
    // Assets carry a hash of their content in their name.
    "cache-control": page === undefined ? "public, max-age=31536000, immutable" : "no-cache",
  });
  response.end(body);
  return true;
}
