// The GraphQL document of the charts.

/** What happened in a cluster, minute by minute. */
export const historyQuery = `query Dashboard_history($cluster: String!, $minutes: Int) {
  cluster(cluster: $cluster) {
    history(minutes: $minutes) {
      at tasks { running pending stopping stopped } starts stops failures eventLagMs eventLagP50Ms drift
    }
  }
}`;
