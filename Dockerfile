FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /hongyun ./cmd/hongyun

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/hongyun hongyun
COPY --from=build /hongyun /usr/local/bin/hongyun
USER hongyun
ENV HONGYUN_ADDR=0.0.0.0:8080 HONGYUN_DATA_DIR=/var/lib/hongyun
EXPOSE 8080
VOLUME /var/lib/hongyun
ENTRYPOINT ["hongyun"]
