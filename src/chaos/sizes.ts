// How large chaos runs are: modest, so that a machine with two cores is busy with what breaks and not with its size.
import type { ChaosSize } from "./world.ts";

export const usualSize: ChaosSize = {
  processes: { ingest: 2, api: 2, scheduler: 3 },
  instances: 22,
  tasks: 40,
  bounds: { fewest: 16, most: 28 },
  subscribers: 6,
};

export const smallSize: ChaosSize = {
  processes: { ingest: 2, api: 2, scheduler: 2 },
  instances: 10,
  tasks: 15,
  bounds: { fewest: 7, most: 13 },
  subscribers: 4,
};
