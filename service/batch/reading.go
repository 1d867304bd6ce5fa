package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"hongyun/service/sheet"
)

// workbook is an open file in memory: at most 10 MiB, which is why it never lies open on a disk.
func (s *Service) workbook(ctx context.Context, fileID int64) (*bytes.Reader, error) {
	_, content, err := s.files.Open(ctx, fileID)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(content)
	if err = errors.Join(err, content.Close()); err != nil {
		return nil, err
	}
	return bytes.NewReader(body), nil
}

// chunks hands the rows on in portions to so many hands; to one alone they come in order. The next portion is read
// while one is written.
func (s *Service) chunks(ctx context.Context, hands int, book *bytes.Reader, l sheet.Limits, spec sheet.Spec, use func([]sheet.Row) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	portions := make(chan []sheet.Row)
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for rows := range portions {
				if err := guarded(func() error { return use(rows) }); err != nil {
					cancel(err) // the reader stops, and the other hands with it
					return
				}
			}
		})
	}
	err := s.read(ctx, book, l, spec, portions)
	close(portions)
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// guarded makes an error of a panic: nobody above would catch it in a goroutine of its own.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// read fills portions.
func (s *Service) read(ctx context.Context, book *bytes.Reader, l sheet.Limits, spec sheet.Spec, portions chan<- []sheet.Row) error {
	hand := func(rows []sheet.Row) error {
		select {
		case portions <- rows:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	rows := make([]sheet.Row, 0, s.chunk)
	err := sheet.ReadAt(ctx, book, book.Size(), l, spec, func(r sheet.Row) error {
		if rows = append(rows, r); len(rows) < s.chunk {
			return nil
		}
		full := rows
		rows = make([]sheet.Row, 0, s.chunk)
		return hand(full)
	})
	if err == nil && len(rows) > 0 {
		err = hand(rows)
	}
	return err
}
