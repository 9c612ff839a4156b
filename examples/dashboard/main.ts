// Serves index.html beside Longshore's API, as a reverse proxy would: a page may ask only the server that it came from.
//   npm run example -- dashboard    (PORT=5180)
import { fileURLToPath } from "node:url";
import { tmpdir } from "node:os";
import { createServer } from "vite";

const { LONGSHORE_URL = "http://127.0.0.1:4000", PORT = "5180" } = process.env;

const server = await createServer({
  root: fileURLToPath(new URL(".", import.meta.url)),
  configFile: false,
  cacheDir: `${tmpdir()}/longshore-example-dashboard`,
  resolve: { conditions: ["longshore-source", "module", "browser", "development"] },
  server: {
    host: "127.0.0.1",
    port: Number(PORT),
    strictPort: true,
    fs: { strict: false },
    proxy: { "/graphql": { target: LONGSHORE_URL, ws: true, changeOrigin: true } },
  },
});
await server.listen();
console.log(`http://127.0.0.1:${PORT}/`);
