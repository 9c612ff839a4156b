# Longshore as a container. The last stage has what runs and nothing else: the package's own files, and the dependencies
# that it has in production, with the package.json of each for whoever makes a bill of materials. Needs a Redis:
# REDIS_URL. Runs as node, writes nothing to its disk.
FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV LONGSHORE_SETUP=off
COPY package.json package-lock.json .npmrc ./
# What builds has its native parts among the optional packages.
RUN npm ci --ignore-scripts --include=dev --include=optional
COPY . .
RUN node scripts/build-package.mjs

FROM node:24-bookworm-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional && npm cache clean --force

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Longshore" \
  org.opencontainers.image.description="A live copy of Amazon ECS clusters over GraphQL, and a daemon scheduler" \
  org.opencontainers.image.licenses="Apache-2.0"
# Each role tells of itself on LONGSHORE_METRICS_PORT, which the health check asks.
ENV NODE_ENV=production LONGSHORE_METRICS_PORT=4002
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/lib lib
COPY --from=build /app/dist/web dist/web
COPY package.json schema.graphql LICENSE ./
COPY bin bin
COPY scripts/setup.mjs scripts/node24.mjs scripts/probe.mjs scripts/
USER node
EXPOSE 4000 4002
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "scripts/probe.mjs", "http://127.0.0.1:4002/healthz"]
ENTRYPOINT ["node", "bin/longshore.mjs"]
CMD ["serve"]
