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
WORKDIR /app
COPY --from=build /app/image ./
RUN mkdir /data && chown 1000:1000 /data
ENV ATLAS_EMULATOR_HOST=0.0.0.0
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=3s --timeout=3s --start-period=10s CMD ["node", "dist/healthcheck.js"]
ENTRYPOINT ["node", "dist/main.js"]
