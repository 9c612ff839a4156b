// The ECS cluster query language: the expressions of placement constraints, of ListContainerInstances
// filters and of daemon selectors. This is its whole public face; import nothing from the folder.
export { matchesClusterQuery } from "./cluster-query/evaluate.ts";
export type { QueryContext } from "./cluster-query/evaluate.ts";
export { TooMuchWork } from "./cluster-query/pattern-program.ts";
export type { Work } from "./cluster-query/pattern-program.ts";
export { parseClusterQuery } from "./cluster-query/parse.ts";
export type { ClusterQueryResult } from "./cluster-query/parse.ts";
export { formatClusterQuery, matchAll, queryMentions } from "./cluster-query/query.ts";
export type { ClusterQuery } from "./cluster-query/query.ts";
export type { QueryError } from "./cluster-query/scanner.ts";
