package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hongyun/config"
	"hongyun/handler"
	"hongyun/service"
	"hongyun/service/demo"
	"hongyun/wechat/sandbox"
)

// How long a stop waits for jobs, deliveries and callbacks in flight, and then for requests, which may wait for WeChat.
const (
	stopTime = 30 * time.Second
	lastTime = 10 * time.Second
)

// serve migrates, loads the synthetic county into an empty database, and
// serves until ctx ends; then it finishes what is in flight.
func serve(ctx context.Context, a *app, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: serve takes no arguments", errUsage)
	}
	listener, err := listen(a.config.Addr)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, ignoreClosed(listener.Close))
	address := reachable(listener.Addr())
	if err := a.ready(ctx); err != nil {
		return err
	}
	if err := a.wire(ctx, address); err != nil {
		return err
	}
	box, err := a.openSandbox(ctx, address)
	if err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	web, err := handler.New(handler.Options{Service: a.service, Log: a.log, Metrics: metrics, Sandbox: box, ProxyHeader: a.config.ProxyHeader, PublicURL: a.config.PublicURL})
	if err != nil {
		return err
	}
	a.warn()
	a.announce(address)
	return a.untilStopped(ctx, web, listener)
}

// untilStopped serves and, when ctx ends, finishes the jobs, deliveries and
// callbacks in flight, then the requests. The web comes last because the
// deliveries of a sandbox that runs here go through it.
func (a *app) untilStopped(ctx context.Context, web *fiber.App, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- web.Listener(listener) }()
	a.service.Start(context.WithoutCancel(ctx))
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		a.log.Info("stopping: finishing what is in flight")
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err = errors.Join(err, a.service.Stop(stop))
	last, cancelLast := context.WithTimeout(context.WithoutCancel(ctx), lastTime)
	defer cancelLast()
	return errors.Join(err, web.ShutdownWithContext(last))
}

// openSandbox loads the synthetic county on the first start, and opens the
// WeChat sandbox around it. nil where WeChat is real or the sandbox runs elsewhere.
func (a *app) openSandbox(ctx context.Context, address string) (http.Handler, error) {
	county := demo.New(a.options)
	if a.config.WeChat == config.Live {
		return nil, refuseCounty(ctx, county)
	}
	err := county.Load(ctx, demo.Options{Scale: a.config.DemoScale, Progress: a.progress()})
	if err != nil || a.config.SandboxURL != "" {
		return nil, err
	}
	box, err := sandbox.New(sandbox.Options{
		People: county.People, Person: county.Person, Apps: a.service.Official.Apps,
		App:         service.Credentials(a.options.MiniProgram, a.service.Official.Accounts),
		MiniProgram: a.config.MPAppID, Component: a.component(), OpenPlatform: county.SharesOpenPlatform, Templates: county.Templates(), Pages: demo.Pages(),
		CallbackURL: "http://" + address, StateFile: filepath.Join(a.config.DataDir, "sandbox.journal"), SentEvents: true, Merchant: a.merchant,
		Now: now, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, box.Close)
	if !box.Blank() {
		return box.Handler(), nil
	}
	grants, err := county.Grants(ctx)
	if err != nil {
		return nil, err
	}
	return box.Handler(), box.Seed(grants)
}

// refuseCounty keeps the synthetic county away from the real WeChat.
func refuseCounty(ctx context.Context, county *demo.County) error {
	loaded, err := county.Loaded(ctx)
	if err == nil && loaded {
		err = errors.New("this database holds the synthetic county: real WeChat needs a database of its own")
	}
	return err
}

// warn names what runs in production but does not grow with it.
func (a *app) warn() {
	if a.config.Env != config.Production {
		return
	}
	if a.config.DatabaseURL == "" {
		a.log.Warn("production on the embedded database: one instance only", "setting", config.Prefix+"DATABASE_URL")
	}
	if a.config.Pay() == config.PayOff {
		a.log.Info("no merchant account: members pay by cash or bank", "setting", config.Prefix+"PAY_MCHID")
	}
	if a.config.RedisURL == "" {
		a.log.Warn("production on the in-process Redis: one instance only, and a restart signs everybody out", "setting", config.Prefix+"REDIS_URL")
	}
}

func (a *app) announce(address string) {
	fmt.Fprintf(a.out, "Hongyun is ready.\n\n  http://%s/          start page: who is in the county, and what to try\n", address)
	if a.config.WeChat == config.Sandbox {
		fmt.Fprintf(a.out, "  http://%s/sandbox/  the phone\n", address)
	}
	fmt.Fprintf(a.out, "  http://%s/openapi.json\n\nStop with Ctrl+C.\n", address)
}

// reachable is the address under which this machine reaches the listener.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// ignoreClosed: the web server closes the listener first when all goes well.
func ignoreClosed(close func() error) func() error {
	return func() error {
		if err := close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
