package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/config"
	"hongyun/model"
	"hongyun/service"
	"hongyun/service/vault"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

// app is what every command stands on.
type app struct {
	config  config.Config
	log     *slog.Logger
	out     io.Writer
	db      *model.DB
	redis   redis.UniversalClient
	vault   *vault.Vault
	options service.Options
	service *service.Service
	closers []func() error

	merchant *sandbox.Merchant // of the sandbox in this process; nil where that plays no WeChat Pay
}

// open opens the database, Redis and the vault. The modules are built by wire,
// once the address of the sandbox is known.
func open(ctx context.Context, c config.Config, log *slog.Logger, out io.Writer) (a *app, err error) {
	a = &app{config: c, log: log, out: out}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	key, err := c.Key()
	if err != nil {
		return nil, err
	}
	if a.vault, err = vault.New(key); err != nil {
		return nil, err
	}
	if a.db, err = model.Open(ctx, model.Options{URL: c.DatabaseURL, DataDir: c.DataDir, Now: now}); err != nil {
		return nil, err
	}
	a.closers = append(a.closers, a.db.Close)
	client, closeRedis, err := openRedis(c.RedisURL)
	if err != nil {
		return nil, err
	}
	a.redis, a.closers = client, append(a.closers, closeRedis)
	return a, nil
}

// close ends in the opposite order of opening.
func (a *app) close() error {
	var err error
	for i := len(a.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, a.closers[i]())
	}
	a.closers = nil
	return err
}

// wire builds the modules. address is where this or another process serves.
func (a *app) wire(ctx context.Context, address string) error {
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: a.wireURL(address), Timeout: 8 * time.Second, ProxyURL: a.config.WeChatProxy})
	if err != nil {
		return err
	}
	pay, err := a.openPay(ctx, address, client)
	if err != nil {
		return err
	}
	a.options = service.Options{
		DB: a.db, Redis: a.redis, Vault: a.vault, HTTP: client, Pay: pay, MiniProgram: a.miniProgram(), Component: a.component(), Pages: a.wireURL(address), PublicURL: a.publicURL(address), DataDir: a.config.DataDir,
		Instance: instance(), Log: a.log, Now: now, Workers: a.config.SendWorkers, Batch: a.config.SendBatch,
		Lease: time.Duration(a.config.LeaseSeconds) * time.Second,
	}
	a.service = service.New(a.options)
	return nil
}

// publicURL is where phones reach the platform: without a setting, where it listens.
func (a *app) publicURL(address string) string {
	if a.config.PublicURL == "" {
		return "http://" + address
	}
	return strings.TrimRight(a.config.PublicURL, "/")
}

// wireURL is the far side of the wire: empty for the real WeChat.
func (a *app) wireURL(address string) string {
	switch {
	case a.config.WeChat == config.Live:
		return ""
	case a.config.SandboxURL != "":
		return a.config.SandboxURL
	default:
		return "http://" + address + "/sandbox/wire"
	}
}

func (a *app) miniProgram() wechat.App {
	c := a.config
	return wechat.App{AppID: c.MPAppID, Secret: c.MPSecret, Token: c.MPToken, AESKey: c.MPAESKey, OriginalID: c.MPOriginalID,
		Kind: wechat.KindMiniProgram, Name: "德·红云"}
}

func (a *app) component() wechat.ComponentApp {
	o := a.config.Open()
	return wechat.ComponentApp{AppID: o.AppID, Secret: o.Secret, Token: o.Token, AESKey: o.AESKey}
}

// instance names this process among all that share the database.
func instance() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	b := make([]byte, 4)
	rand.Read(b) // never fails (crypto/rand)
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b))
}

// ready migrates an embedded database by itself and refuses to go on with a
// Postgres that waits for migrations: there an operator decides when.
func (a *app) ready(ctx context.Context) error {
	if a.config.DatabaseURL == "" || a.config.Env == config.Development {
		_, err := a.db.Migrate(ctx)
		return err
	}
	pending, err := a.db.Pending(ctx)
	if err == nil && pending {
		err = errors.New("the database waits for migrations: run `hongyun migrate`")
	}
	return err
}
