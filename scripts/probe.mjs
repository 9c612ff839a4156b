// The health check of a container: `probe.mjs URL` asks for an answer below 400. A certificate is not looked at: this
// is loopback, and its name is another one.
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";

const limitMs = 4000;

function ask(url) {
  const get = url.startsWith("https:") ? getSecure : getPlain;
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: limitMs, rejectUnauthorized: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      if (response.statusCode < 400) resolve();
      else reject(new Error(`${url}: ${response.statusCode} ${text.slice(0, 300)}`));
    });
    request.on("timeout", () => request.destroy(new Error(`${url}: no answer`)));
    request.on("error", reject);
  });
}

const url = process.argv[2] ?? "";
try {
  // The same port speaks TLS where LONGSHORE_TLS_CERT is set.
  await ask(process.env.LONGSHORE_TLS_CERT ? url.replace(/^http:/, "https:") : url);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
