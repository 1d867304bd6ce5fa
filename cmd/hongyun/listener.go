package main

import (
	"errors"
	"net"
	"sync"
)

// listener knows which connections have not sent anything yet. Browsers and proxies open some in advance; the web server
// takes them for busy ones and would wait for them until their time to read is over. They end with the listener.
type listener struct {
	net.Listener
	mu     sync.Mutex
	unused map[*connection]bool
	closed bool
}

func listen(address string) (*listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return &listener{Listener: l, unused: map[*connection]bool{}}, nil
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	one := &connection{Conn: c, from: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	l.unused[one] = true
	return one, nil
}

// Close takes no more connections, and ends those that nobody has used.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	l.closed = true
	unused := l.unused
	l.unused = map[*connection]bool{}
	l.mu.Unlock()
	for c := range unused {
		_ = c.Conn.Close() // the other side may have been faster
	}
	return err
}

func (l *listener) forget(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unused, c)
}

// connection tells its listener of its first byte and of its end.
type connection struct {
	net.Conn
	from *listener
	used sync.Once
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.used.Do(func() { c.from.forget(c) })
	}
	return n, err
}

func (c *connection) Close() error {
	c.used.Do(func() { c.from.forget(c) })
	return c.Conn.Close()
}
