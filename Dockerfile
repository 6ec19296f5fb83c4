# Builds the package and keeps what it needs to run. Was not run where it was written: see docs/deployment.md.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/mx ./mx
COPY --from=build /app/deploy/starter ./deploy/starter
RUN mkdir /data /work && chown node:node /data /work && chmod 700 /data
# An installation folder (process_context.ts, handlers, synergy.config.json) is mounted at /work; without one it is the demo.
WORKDIR /work
USER node
ENV SYNERGY_DATA_DIR=/data
VOLUME /data
ENTRYPOINT ["node", "/app/dist/launch.js"]
CMD ["start"]
