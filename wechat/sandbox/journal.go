package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// line is one entry of the journal: the last value of a (kind, key) wins, but lines of kindEntry pile up.
type line struct {
	Kind  string          `json:"k"`
	Key   string          `json:"id"`
	Value json.RawMessage `json:"v"`
}

// journal is a file of JSON lines that grows by whole lines. It is written without fsync: what a killed process has
// written stays, what a machine loses with its power may be lost.
type journal struct{ file *os.File }

// readJournal calls apply for each line. A last line that was cut off is dropped; any other damage is an error.
func readJournal(path string, apply func(line) error) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		raw, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // without its end of line it was never finished
		}
		if err != nil {
			return err
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := apply(l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// rewriteJournal replaces the file by what dump writes, in one step, and leaves it open for more.
func rewriteJournal(path string, dump func(io.Writer) error) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	tmp, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(tmp, 1<<20)
	err = errors.Join(dump(w), w.Flush(), tmp.Close())
	if err != nil {
		return nil, err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &journal{file: f}, nil
}

func (j *journal) write(lines []byte) error {
	_, err := j.file.Write(lines)
	return err
}

// encodeLine appends one journal line to buf.
func encodeLine(buf *bytes.Buffer, kind, key string, value any) error {
	id, err := json.Marshal(key)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	// Put together by hand: encoding a line with a RawMessage inside would read the value once more.
	buf.WriteString(`{"k":"` + kind + `","id":`)
	buf.Write(id)
	buf.WriteString(`,"v":`)
	buf.Write(raw)
	buf.WriteString("}\n")
	return nil
}
