package sheet

import (
	"context"
	"io"
)

// ReadAt is Read for a workbook that lies in memory, as one does that may not lie open on a disk.
func ReadAt(ctx context.Context, r io.ReaderAt, size int64, l Limits, spec Spec, row func(Row) error) error {
	return read(ctx, r, size, l.orDefaults(), spec, row)
}
