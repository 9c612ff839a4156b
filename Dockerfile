# Longshore as a container: dependencies, the pages, then only what runs. Needs a Redis: REDIS_URL.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=optional --include=dev
COPY . .
RUN LONGSHORE_SETUP=off node scripts/build-web.mjs

FROM node:24-bookworm-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production LONGSHORE_SETUP=off
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
# With the lock file it counts as a checkout: it runs src/ as it is.
COPY package.json package-lock.json schema.graphql LICENSE ./
COPY bin bin
COPY scripts scripts
COPY src src
USER node
EXPOSE 4000
ENTRYPOINT ["node", "bin/longshore.mjs"]
CMD ["serve"]
