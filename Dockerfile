# The image of the operator: one program and its chunks on a base without a shell.
#
#   docker build --build-arg BASE=gcr.io/distroless/nodejs22-debian12:nonroot@sha256:DIGEST --tag REGISTRY/kubeskippy .
#
# A base is named by its digest when an image is built for others, so that the same build gives the same image.
ARG BUILDER=node:22-bookworm-slim
ARG BASE=gcr.io/distroless/nodejs22-debian12:nonroot

FROM ${BUILDER} AS build
WORKDIR /src
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json Makefile ./
COPY src ./src
COPY config ./config
COPY tools ./tools
COPY tsconfig.json tsconfig.types.json tsconfig.sandbox-types.json README.md LICENSE ./
RUN make build

FROM ${BASE}
WORKDIR /app
COPY --from=build /src/dist/kubeskippy.js ./kubeskippy.js
COPY --from=build /src/dist/chunks ./chunks
COPY --from=build /src/package.json ./package.json
# The user `nonroot` of the base. Nothing is written below /: the root filesystem may be read-only.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/nodejs/bin/node", "/app/kubeskippy.js"]
CMD ["run"]
