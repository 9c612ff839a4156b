// A Prometheus that scrapes every task of the fleet that has a port for it: its targets come from Longshore by http_sd.
//   npm run example -- prometheus-sd    (CONTAINER_PORT=9901 PORT=9090; needs prometheus >= 2.28)
import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { LONGSHORE_URL = "http://127.0.0.1:4000", LONGSHORE_TOKEN } = process.env;
const { PROMETHEUS = "prometheus", CONTAINER_PORT = "9901", PORT = "9090" } = process.env;

const folder = await mkdtemp(join(tmpdir(), "longshore-prometheus-"));
const authorization = LONGSHORE_TOKEN
  ? `authorization: { type: Bearer, credentials: ${JSON.stringify(LONGSHORE_TOKEN)} }`
  : "";
await writeFile(
  join(folder, "prometheus.yml"),
  `global: { scrape_interval: 5s }
scrape_configs:
  - job_name: ecs
    http_sd_configs:
      - url: ${LONGSHORE_URL}/sd/prometheus?containerPort=${CONTAINER_PORT}
        refresh_interval: 5s
        ${authorization}
    relabel_configs:
      - { source_labels: [__meta_ecs_service], target_label: service }
      - { source_labels: [__meta_ecs_task_id], target_label: task }
      - { source_labels: [__meta_ecs_availability_zone], target_label: zone }
`,
);
const prometheus = spawn(
  PROMETHEUS,
  [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${PORT}`,
  ],
  { stdio: "inherit" },
);
console.log(`http://127.0.0.1:${PORT}/targets`);
prometheus.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => prometheus.kill());
