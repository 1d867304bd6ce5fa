package handler

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// tap stands between the product and Postgres and notes the statements that go through.
type tap struct {
	URL string

	mu    sync.Mutex
	noted []statement
}

// statement is one that the product sent to Postgres.
type statement struct {
	sql  string
	args []any // int64 or string
}

func newTap(t testing.TB, postgres string) *tap {
	t.Helper()
	u, err := url.Parse(postgres)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	u.Host = l.Addr().String()
	tap := &tap{URL: u.String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed below
			}
			all.Go(func() {
				if err := tap.carry(client, server); err != nil {
					t.Error(err)
				}
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return tap
}

// carry ends when the client hangs up. A message is noted before it goes on, so that an answer never comes before its note.
func (t *tap) carry(client net.Conn, server string) error {
	defer client.Close()
	up, err := net.Dial("tcp", server)
	if err != nil {
		return err
	}
	go func() { _, _ = io.Copy(client, up) }()
	defer up.Close()
	in, out := pgproto3.NewBackend(client, io.Discard), pgproto3.NewFrontend(up, up)
	startup, err := in.ReceiveStartupMessage()
	if err != nil {
		return err
	}
	out.Send(startup)
	if err := out.Flush(); err != nil {
		return err
	}
	sqlOf := map[string]string{}
	for {
		message, err := in.Receive()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *pgproto3.Parse:
			sqlOf[m.Name] = m.Query
		case *pgproto3.Bind:
			t.note(sqlOf[m.PreparedStatement], m)
		}
		out.Send(message)
		if err := out.Flush(); err != nil {
			return err
		}
	}
}

func (t *tap) note(sql string, m *pgproto3.Bind) {
	s := statement{sql: sql}
	for i, value := range m.Parameters {
		if m.ParameterFormatCodes[i] == pgproto3.BinaryFormat && len(value) == 8 {
			s.args = append(s.args, int64(binary.BigEndian.Uint64(value)))
		} else {
			s.args = append(s.args, string(value))
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.noted = append(t.noted, s)
}

// statements is what went through during f.
func (t *tap) statements(f func()) []statement {
	t.mu.Lock()
	t.noted = nil
	t.mu.Unlock()
	f()
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.noted)
}
