ARG NODE_IMAGE=node:24-bookworm-slim
# What builds; where a compiled better-sqlite3 cannot be fetched, one with Python, make and g++, as node:24-bookworm.
ARG BUILD_IMAGE=${NODE_IMAGE}

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN node .scripts/build.mjs --if-stale && node .scripts/image.mjs

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="atlas-backup-emulator" \
  org.opencontainers.image.description="Stands in for the MongoDB Atlas Administration API where it manages private endpoints for cloud backups" \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
# With the folder /data, which any user of group 0 can write to: what runs containers may choose the user.
COPY --from=build /app/image /
# Distroless images keep Node apart, and have no shell; nothing here needs one.
ENV PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/nodejs/bin
# Fixtures that are mounted there are the world, unless others are named.
ENV ATLAS_EMULATOR_HOST=0.0.0.0 ATLAS_EMULATOR_FIXTURES_FOLDER=/fixtures
USER 1000:0
EXPOSE 8080
# Docker 25 and newer ask every 200 ms until the first success; older ones refuse the option and can do without.
HEALTHCHECK --interval=3s --timeout=3s --start-period=10s --start-interval=200ms CMD ["node", "dist/healthcheck.js"]
ENTRYPOINT ["node", "dist/main.cjs"]
