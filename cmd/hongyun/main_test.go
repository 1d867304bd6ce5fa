package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"hongyun/config"
)

// childEnv makes the test binary be the program: tests that kill it need a process of its own.
const childEnv = "HONGYUN_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// testKey is the secret key of every child.
const testKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// settings are the environment of a child: quiet, on any free port, without a county.
func settings(pairs ...string) []string {
	env := append(os.Environ(), childEnv+"=1")
	defaults := []string{"ADDR", "127.0.0.1:0", "DEMO_SCALE", "0", "SECRET_KEY", testKey}
	all := append(defaults, pairs...)
	for i := 0; i < len(all); i += 2 {
		env = append(env, config.Prefix+all[i]+"="+all[i+1])
	}
	return env
}

// command runs the program to its end and returns what it printed.
func command(env []string, args ...string) (string, error) {
	c := exec.Command(os.Args[0], args...)
	c.Env = env
	out, err := c.CombinedOutput()
	return string(out), err
}

// server is a running program.
type server struct {
	URL  string
	cmd  *exec.Cmd
	logs *safeBuffer
}

// start runs the program until it says that it is ready.
func start(t testing.TB, env []string) *server {
	t.Helper()
	s, err := tryStart(env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.kill() })
	return s
}

func tryStart(env []string) (*server, error) {
	s := &server{cmd: exec.Command(os.Args[0], "serve"), logs: &safeBuffer{}}
	s.cmd.Env = env
	s.cmd.Stderr = s.logs
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "http://"); ok && s.URL == "" {
			s.URL = "http://" + strings.TrimSuffix(strings.Fields(address)[0], "/")
		}
		if strings.HasPrefix(lines.Text(), "Stop with") {
			return s, nil
		}
	}
	return nil, fmt.Errorf("the program ended before it was ready: %w\n%s", s.cmd.Wait(), s.logs)
}

// kill ends the process as a power cut does.
func (s *server) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // it may have ended by itself
		_ = s.cmd.Wait()
	}
}

// stop asks it to finish, and returns how it ended.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// safeBuffer is a log that one process writes while the test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
