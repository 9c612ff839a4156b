// What `longshore/client` exports. Adding is a minor version, taking away or changing is a major one.
export { createLongshore } from "./client.ts";
export type { Change, Entity, Following, LongshoreClient, Watched, What, Whole } from "./client.ts";
export type { IndexBy } from "./cache.ts";
export { LongshoreError } from "./errors.ts";
export type { FailureKind } from "./errors.ts";
export type { ChangeWord, Step } from "./follow.ts";
export { Informer } from "./informer.ts";
export type { Connection, Handler, InformerEvent, InformerEvents } from "./informer.ts";
export type { Filters, Kind, Kinds } from "./kinds.ts";
export type { Selected, Selection } from "./select.ts";
export type { ConnectOptions, RequestOptions, Token } from "./transport.ts";
export type * from "./generated/schema.ts";
