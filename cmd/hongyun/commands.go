package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"hongyun/model"
	"hongyun/service/account"
	"hongyun/service/audit"
	"hongyun/service/collection"
	"hongyun/service/ledger"
)

func migrate(ctx context.Context, a *app, _ []string) error {
	n, err := a.db.Migrate(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%d migrations run\n", n)
	return err
}

func job(ctx context.Context, a *app, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: job list, or job run NAME", errUsage)
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	switch args[0] {
	case "list":
		return jobList(ctx, a)
	case "run":
		return jobRun(ctx, a, args[1:])
	default:
		return fmt.Errorf("%w: unknown command job %q", errUsage, args[0])
	}
}

func jobList(ctx context.Context, a *app) error {
	jobs, err := a.service.Schedule.List(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTITLE\tTIME\tNEXT DUE\tLAST RUN")
	for _, j := range jobs {
		due, next, last := "—", "—", "—"
		if j.Time != nil {
			due = j.Time.Text
		}
		if j.NextDue != nil {
			next = shanghai(*j.NextDue)
		}
		if j.LastRun != nil {
			last = shanghai(j.LastRun.StartedAt) + " " + j.LastRun.State
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", j.Name, j.Title, due, next, last)
	}
	return w.Flush()
}

func shanghai(t time.Time) string { return t.In(model.Shanghai).Format("2006-01-02 15:04") }

func jobRun(ctx context.Context, a *app, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: which job? see job list", errUsage)
	}
	flags := quietFlags("job run")
	at := flags.String("at", string(model.DateOf(now())), "")
	if err := flags.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	day, err := model.ParseDate(*at)
	if err != nil {
		return fmt.Errorf("%w: --at: %w", errUsage, err)
	}
	run, err := a.service.Schedule.RunByHand(ctx, operator(), args[0], day)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, run.Summary)
	return err
}

func admin(ctx context.Context, a *app, args []string) error {
	if len(args) == 0 || args[0] != "grant" {
		return fmt.Errorf("%w: admin grant", errUsage)
	}
	flags := quietFlags("admin grant")
	var g account.FirstGrant
	flags.StringVar(&g.Role, "role", model.RoleAdmin, "")
	flags.StringVar(&g.IDNumber, "id-number", "", "")
	flags.Int64Var(&g.AccountID, "account", 0, "")
	flags.Int64Var(&g.OrgID, "org", 0, "")
	flags.Int64Var(&g.DepartmentID, "department", 0, "")
	if err := flags.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	sentence, err := a.service.Account.GrantFirst(ctx, operator(), g)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, sentence)
	return err
}

func auditCommand(ctx context.Context, a *app, args []string) error {
	if len(args) != 1 || args[0] != "verify" {
		return fmt.Errorf("%w: audit verify", errUsage)
	}
	r, err := audit.Verify(ctx, a.db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%d entries verify; newest hash %s\n", r.Entries, r.Head)
	return err
}

// ledgerCommand proves the ledger by itself and against the tables of dues, a line for each proof. check is what verify was called first.
func ledgerCommand(ctx context.Context, a *app, args []string) error {
	if len(args) != 1 || args[0] != "verify" && args[0] != "check" {
		return fmt.Errorf("%w: ledger verify", errUsage)
	}
	found, err := ledger.Prove(ctx, a.db, slices.Concat(ledger.Proofs(), collection.Proofs())...)
	if err != nil {
		return err
	}
	broken := 0
	for _, f := range found {
		if len(f.IDs) == 0 {
			fmt.Fprintf(a.out, "ok     %9d  %s\n", f.Rows, f.Holds)
			continue
		}
		broken++
		fmt.Fprintf(a.out, "WRONG  %9d  %s: %s: %s\n", f.Rows, f.Holds, f.Else, strings.Trim(fmt.Sprint(f.IDs), "[]"))
	}
	if broken > 0 {
		return fmt.Errorf("the ledger is not sound: %d of %d proofs fail", broken, len(found))
	}
	_, err = fmt.Fprintf(a.out, "the ledger is sound: %d proofs hold\n", len(found))
	return err
}

// prepare is for commands that need the modules but serve nothing.
func (a *app) prepare(ctx context.Context) error {
	if err := a.ready(ctx); err != nil {
		return err
	}
	return a.wire(ctx, a.config.Addr)
}

// operator is the person at the command line, for the audit log.
func operator() audit.Actor {
	u, err := user.Current()
	if err != nil {
		return audit.Command("unknown")
	}
	return audit.Command(u.Username)
}

func quietFlags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}
