package sheet

import "context"

// Read streams the rows below the header of a checked file.
func Read(ctx context.Context, path string, l Limits, spec Spec, row func(Row) error) error { return nil }
