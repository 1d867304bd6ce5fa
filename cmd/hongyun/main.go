// Command hongyun is the whole platform in one binary: it opens, wires, serves
// and stops; its sub-commands do by hand what the server does by the clock.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"hongyun/config"
)

const usage = `hongyun [command]

  serve                          serve until a signal comes (the default)
  migrate                        bring the database's schema up to date
  job list                       the scheduled jobs, with times and last runs
  job run NAME [--at DATE]       run one now, for the period of DATE (2026-11-20; default today)
  admin grant --role ROLE (--id-number N | --account ID) (--org ID | --department ID)
                                 give a role; the first administrator comes from here
  import KIND FILE --org ID [--apply [--skip-bad]]
                                 check an Excel file (KIND: members, orgs) and tell what is wrong; --apply imports it
  audit verify                   walk the audit chain; fails if a row was changed or is missing
  ledger verify                  prove that the ledger sums to zero and agrees with bills, payments and what was handed up and used

Settings come from the environment (HONGYUN_…); see README.md.
`

// errUsage says that the command line could not be read.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does one command and returns the exit code: 0 done, 1 failed, 2 not understood.
func run(ctx context.Context, args []string, out, problems io.Writer) int {
	err := dispatch(ctx, args, out, problems)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		if err != errUsage {
			fmt.Fprintln(problems, "hongyun:", strings.TrimPrefix(err.Error(), "usage: "))
		}
		fmt.Fprint(problems, usage)
		return 2
	default:
		fmt.Fprintln(problems, "hongyun:", err)
		return 1
	}
}

func dispatch(ctx context.Context, args []string, out, problems io.Writer) error {
	name, rest := "serve", args
	if len(args) > 0 {
		name, rest = args[0], args[1:]
	}
	if name == "help" || name == "-h" || name == "--help" {
		_, err := fmt.Fprint(out, usage)
		return err
	}
	command, ok := map[string]func(context.Context, *app, []string) error{
		"serve": serve, "migrate": migrate, "job": job, "admin": admin, "audit": auditCommand, "ledger": ledgerCommand, "import": importCommand,
	}[name]
	if !ok {
		return fmt.Errorf("%w: unknown command %q", errUsage, name)
	}
	c, err := config.Load()
	if err != nil {
		return fmt.Errorf("settings are wrong:\n%w", err)
	}
	log := slog.New(slog.NewTextHandler(problems, &slog.HandlerOptions{Level: c.LogLevel}))
	a, err := open(ctx, c, log, out)
	if err != nil {
		return err
	}
	return errors.Join(command(ctx, a, rest), a.close())
}

// now is the wall clock: the only one; everything below gets it handed in.
func now() time.Time { return time.Now() }
