package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/fault"
	"hongyun/service/file"
)

// importCommand checks an Excel file and tells what is wrong with it; with --apply it brings the rows in.
func importCommand(ctx context.Context, a *app, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("%w: import KIND FILE --org ID", errUsage)
	}
	flags := quietFlags("import")
	c := batch.Command{Kind: args[0], Name: filepath.Base(args[1])}
	flags.Int64Var(&c.OrgID, "org", 0, "")
	flags.BoolVar(&c.Apply, "apply", false, "")
	flags.BoolVar(&c.SkipBad, "skip-bad", false, "")
	if err := flags.Parse(args[2:]); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 || c.OrgID == 0 {
		return fmt.Errorf("%w: import: --org ID says where the rows belong", errUsage)
	}
	var err error
	if c.Body, err = readBounded(args[1]); err != nil {
		return err
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	d, err := a.service.Batch.Run(ctx, operator(), c)
	for _, e := range d.Errors {
		fmt.Fprintf(a.out, "%d %s: %s\n", e.Row, e.Name, e.Reason)
	}
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return errors.New(f.Message)
	case err != nil:
		return err
	case d.State == model.ImportImported:
		_, err = fmt.Fprintf(a.out, "import %d: %d rows imported, %d left out\n", d.ID, d.Done, d.Bad)
	case c.Apply: // the roster has changed since the check
		return errors.New(d.Error)
	default:
		_, err = fmt.Fprintf(a.out, "import %d, dry run: %d rows, %d good, %d bad; --apply imports\n", d.ID, d.Total, d.Total-d.Bad, d.Bad)
	}
	return err
}

// readBounded reads a file that may be uploaded, and one byte of a larger one more than that.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(f, file.MaxBytes+1))
	return body, errors.Join(err, f.Close())
}
