FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /hongyun ./cmd/hongyun && mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /hongyun /usr/local/bin/hongyun
COPY --from=build --chown=nonroot /data /var/lib/hongyun
ENV HONGYUN_ADDR=0.0.0.0:8080 HONGYUN_DATA_DIR=/var/lib/hongyun
EXPOSE 8080
VOLUME /var/lib/hongyun
ENTRYPOINT ["hongyun"]
