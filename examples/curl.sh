#!/bin/sh
# What runs where, with curl alone.
#   LONGSHORE_URL=http://127.0.0.1:4000 [LONGSHORE_TOKEN=...] examples/curl.sh
set -eu
url=${LONGSHORE_URL:-http://127.0.0.1:4000}

curl --silent --show-error --fail-with-body "$url/graphql" \
  --header 'content-type: application/json' \
  ${LONGSHORE_TOKEN:+--header "authorization: Bearer $LONGSHORE_TOKEN"} \
  --data '{
    "query": "query ($first: Int) { tasks(filter: { lastStatus: [RUNNING] }, first: $first) { totalCount nodes { arn family endpoints { host port } } } }",
    "variables": { "first": 5 }
  }'
