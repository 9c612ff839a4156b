// The environment of the processes that `npm start` runs: the simulator stands in for AWS, and nothing else does. Pure.

import type { Environment } from "../config.ts";

export interface DemoPlaces {
  readonly redisUrl: string;
  readonly simulatorUrl: string;
  readonly host: string;
  readonly port: number;
  readonly simulatorPort: number;
  readonly queue: string;
}

/**
 * Settings of the user's own, less every AWS variable: a profile, a token or a real endpoint that slipped through
 * could reach a real account. What is put in their place can only reach the simulator.
 */
export function demoEnvironment(environment: Environment, places: DemoPlaces): Environment {
  const kept = Object.entries(environment).filter(
    ([name]) => !name.startsWith("AWS_") && name !== "LONGSHORE_CLUSTERS",
  );
  return {
    // A simulator that is started again has another fleet, and no event says so.
    LONGSHORE_RECONCILE_SECONDS: "15",
    ...Object.fromEntries(kept),
    ...demoPlaces(places),
    LONGSHORE_HOST: places.host,
    LONGSHORE_PORT: String(places.port),
    LONGSHORE_SIMULATOR_PORT: String(places.simulatorPort),
    LONGSHORE_QUEUE: places.queue,
  };
}

/** What whoever works beside the roles needs as well: Redis, and the simulator in the place of AWS. */
function demoPlaces({
  redisUrl,
  simulatorUrl,
}: Pick<DemoPlaces, "redisUrl" | "simulatorUrl">): Readonly<Record<string, string>> {
  return {
    REDIS_URL: redisUrl,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "simulator",
    AWS_SECRET_ACCESS_KEY: "simulator",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_ENDPOINT_URL: simulatorUrl,
    AWS_ENDPOINT_URL_SQS: simulatorUrl,
    AWS_ENDPOINT_URL_ECS: simulatorUrl,
    AWS_ENDPOINT_URL_EC2: simulatorUrl,
    AWS_ENDPOINT_URL_STS: simulatorUrl,
  };
}

/** The file that programs of the user's own are started with: `node --env-file=...`. */
export function demoFile(places: DemoPlaces, url: string): string {
  const settings = { LONGSHORE_URL: url, ...demoPlaces(places) };
  return Object.entries(settings)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");
}
