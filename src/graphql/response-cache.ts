// Whole answers of queries, kept while nothing that they were made of has moved: the same request then costs a look
// into a table. Bounded in bytes. Never answers from another moment than now.
import { LRUCache } from "lru-cache";

/** An answer as it goes out. */
export interface KeptResponse {
  /** The informer's revision that it was made at. */
  readonly revision: number;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface ResponseCache {
  /** What was answered to the same request at this very revision. */
  get(key: string, revision: number): KeptResponse | undefined;
  put(key: string, response: KeptResponse): void;
}

/** A longer request is not kept: reading it is most of what it costs. */
const keyMax = 20_000;
/** Bytes that the table itself takes for each answer, about. */
const overhead = 300;

/** `bytesMax` bounds requests and answers together; 0 keeps nothing. */
export function createResponseCache(bytesMax: number): ResponseCache {
  if (bytesMax === 0) return { get: () => undefined, put: () => undefined };
  const kept = new LRUCache<string, KeptResponse>({
    maxSize: bytesMax,
    maxEntrySize: Math.ceil(bytesMax / 8),
    sizeCalculation: ({ body }, key) => body.length + 2 * key.length + overhead,
  });
  return {
    get: (key, revision) => {
      const response = kept.get(key);
      return response?.revision === revision ? response : undefined;
    },
    put: (key, response) => {
      if (key.length <= keyMax) kept.set(key, response);
    },
  };
}
