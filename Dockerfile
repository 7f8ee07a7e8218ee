# Two stages: the build brings a compiler, the image that runs does not.
#   docker build --target parley -t parley .
# A second program is a second target below, built from the same stages with its own BIN.
# tests/dockerfile_steps runs the COPY and RUN steps of the stage `build` in an empty directory.

FROM rust:1.95-bookworm AS build
ARG BIN=parley
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY tests ./tests
COPY dialplans ./dialplans
COPY prompts ./prompts
RUN cargo build --release --locked -p ${BIN}
# the vault by itself and by its own profile: what is linked into it is what was read
RUN cargo build --profile vault --locked -p vault

FROM debian:bookworm-slim AS runtime
# espeak-ng speaks free names, which cannot be recorded before the call
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/*
RUN useradd --system --home-dir /var/lib/parley --create-home parley
USER parley
WORKDIR /var/lib/parley

# Settings stand in /etc/parley/parley.toml: mount your own, the example listens inside the container only.
FROM runtime AS parley
COPY --from=build /build/target/release/parley /usr/local/bin/parley
# cards: `vault = "vault"` under [payments]; the container needs memory to lock (docker run --ulimit memlock=67108864)
COPY --from=build /build/target/vault/vault /usr/local/bin/vault
COPY src/parley/parley.example.toml /etc/parley/parley.toml
COPY dialplans ./dialplans
COPY prompts ./prompts
EXPOSE 5060/udp 5060/tcp 16384-32767/udp
ENTRYPOINT ["parley"]
CMD ["serve", "--config", "/etc/parley/parley.toml"]
