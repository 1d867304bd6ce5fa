package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// openRedis connects to the Redis of the address, or starts one in the process
// when there is none. close ends both.
func openRedis(address string) (client redis.UniversalClient, close func() error, err error) {
	if address == "" {
		return inProcessRedis()
	}
	options, err := redisOptions(address)
	if err != nil {
		return nil, nil, err
	}
	client = redis.NewUniversalClient(options)
	return client, client.Close, nil
}

// redisOptions reads redis://user:password@host:6379/0, rediss:// for TLS,
// redis+cluster://host1:6379,host2:6379 and redis+sentinel://host1:26379,host2:26379/master.
// Errors don't quote the address: it may hold a password.
func redisOptions(address string) (*redis.UniversalOptions, error) {
	if strings.HasPrefix(address, "redis://") || strings.HasPrefix(address, "rediss://") {
		o, err := redis.ParseURL(address)
		if err != nil {
			return nil, errors.New("the Redis address cannot be read")
		}
		return &redis.UniversalOptions{Addrs: []string{o.Addr}, Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLSConfig}, nil
	}
	// Several hosts with ports are no URL to net/url.
	scheme, rest, _ := strings.Cut(address, "://")
	authority, master, _ := strings.Cut(rest, "/")
	o := &redis.UniversalOptions{}
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		o.Username, o.Password, _ = strings.Cut(authority[:at], ":")
		authority = authority[at+1:]
	}
	o.Addrs = strings.Split(authority, ",")
	switch {
	case scheme == "redis+cluster":
		o.IsClusterMode = true
	case scheme == "redis+sentinel" && master != "":
		o.MasterName = master
	case scheme == "redis+sentinel":
		return nil, errors.New("a sentinel address ends with the master's name: redis+sentinel://host:26379/master")
	default:
		return nil, fmt.Errorf("unknown kind of Redis address %q", scheme)
	}
	return o, nil
}

// expiryTick is how often the in-process Redis looks for keys whose time is over.
const expiryTick = 250 * time.Millisecond

// inProcessRedis starts a Redis inside the process. Its keys expire only when
// it is told how much time has passed, so a goroutine tells it; close waits for that.
func inProcessRedis() (redis.UniversalClient, func() error, error) {
	server, err := miniredis.Run()
	if err != nil {
		return nil, nil, fmt.Errorf("start the in-process Redis: %w", err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(expiryTick)
		defer tick.Stop()
		for last := now(); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				t := now()
				server.FastForward(t.Sub(last))
				last = t
			}
		}
	}()
	return client, func() error {
		cancel()
		<-done
		err := client.Close()
		server.Close()
		return err
	}, nil
}
