// Package audit keeps the append-only, hash-chained log of who did what. What
// is worth an entry is decided by the modules; nothing here reads the log for
// any other purpose than showing and verifying it.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
)

// Actor is who did it.
type Actor struct {
	Type      string // account, command, system, citizen
	ID        int64
	Name      string
	IP        string
	RequestID string
}

// By is the viewer as an actor.
func By(v access.Viewer) Actor {
	return Actor{Type: "account", ID: v.AccountID, Name: v.Name, IP: v.IP, RequestID: v.RequestID}
}

// System is the platform itself: a job, a worker, a callback.
func System(name string) Actor { return Actor{Type: "system", Name: name} }

// Command is a person at the command line.
func Command(name string) Actor { return Actor{Type: "command", Name: name} }

// Entry is one act. Before and After are shown as JSON; they must hold no
// secret, no identity number and no phone number.
type Entry struct {
	Action        string // o2o.accept, account.untie …
	ObjectType    string
	ObjectID      int64
	Before, After any
}

// Record appends the entry to the chain when the transaction commits. The
// chain's head is locked last of all rows, so that writers wait for each other
// no longer than a commit takes.
func Record(tx model.Tx, actor Actor, e Entry) {
	tx.Last(func(tx model.Tx) error {
		before, err := text(e.Before)
		if err != nil {
			return err
		}
		after, err := text(e.After)
		if err != nil {
			return err
		}
		var head model.AuditHead
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("chain = ?", model.MainChain).Take(&head).Error; err != nil {
			return fmt.Errorf("lock the audit chain: %w", err)
		}
		entry := model.AuditEntry{
			Chain: head.Chain, Seq: head.Seq + 1, Month: tx.Day().Month(), At: tx.Now.Format(time.RFC3339Nano),
			ActorType: actor.Type, ActorID: actor.ID, ActorName: actor.Name, IP: actor.IP, RequestID: actor.RequestID,
			Action: e.Action, ObjectType: e.ObjectType, ObjectID: e.ObjectID, Before: before, After: after, PrevHash: head.Hash,
		}
		entry.Hash = hash(entry)
		if err := tx.Create(&entry).Error; err != nil {
			return err
		}
		return tx.Model(&model.AuditHead{}).Where("chain = ?", head.Chain).
			Updates(map[string]any{"seq": entry.Seq, "hash": entry.Hash}).Error
	})
}

func text(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// hash covers every column but the id, which the database gives.
func hash(e model.AuditEntry) string {
	fields, _ := json.Marshal([]any{e.Chain, e.Seq, e.Month, e.At, e.ActorType, e.ActorID, e.ActorName, e.IP, e.RequestID, // strings and integers always marshal
		e.Action, e.ObjectType, e.ObjectID, e.Before, e.After, e.PrevHash})
	sum := sha256.Sum256(fields)
	return hex.EncodeToString(sum[:])
}

// Report is what Verify found.
type Report struct {
	Entries int64  `json:"entries"`
	Head    string `json:"head"` // hash of the newest entry: note it elsewhere to find a chain that was rewritten whole
}

// ErrBroken says that the chain does not verify.
var ErrBroken = errors.New("audit chain is broken")

// verifyBatch is how many entries are read at once.
const verifyBatch = 1000

// Verify walks the whole chain. A changed, missing or added row makes it fail
// with ErrBroken and the number of the first bad entry.
//
// All but the newest entries are walked while others write: every change of
// the platform waits for the chain's head, and a year's chain takes minutes.
func Verify(ctx context.Context, db *model.DB) (Report, error) {
	var r Report
	if err := r.walk(db.Read(ctx)); err != nil {
		return r, err
	}
	return r, db.Tx(ctx, func(tx model.Tx) error { return r.close(tx) })
}

// walk goes on from where the report stands to the newest entry there is.
func (r *Report) walk(tx model.Tx) error {
	for {
		var batch []model.AuditEntry
		if err := tx.Where("chain = ? AND seq > ?", model.MainChain, r.Entries).Order("seq").Limit(verifyBatch).Find(&batch).Error; err != nil {
			return err
		}
		for _, e := range batch {
			if e.Seq != r.Entries+1 || e.PrevHash != r.Head || e.Hash != hash(e) {
				return fmt.Errorf("%w at entry %d", ErrBroken, r.Entries+1)
			}
			r.Entries, r.Head = e.Seq, e.Hash
		}
		if len(batch) < verifyBatch {
			return nil
		}
	}
}

// close holds the chain, walks what was added meanwhile and compares the end with the head.
func (r *Report) close(tx model.Tx) error {
	var head model.AuditHead
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("chain = ?", model.MainChain).Take(&head).Error; err != nil {
		return fmt.Errorf("lock the audit chain: %w", err)
	}
	if err := r.walk(tx); err != nil {
		return err
	}
	if head.Seq != r.Entries || head.Hash != r.Head {
		return fmt.Errorf("%w: %d entries follow each other, the head says %d", ErrBroken, r.Entries, head.Seq)
	}
	var before int64
	if err := tx.Model(&model.AuditEntry{}).Where("chain = ? AND seq < 1", model.MainChain).Count(&before).Error; err != nil {
		return err
	}
	if before != 0 {
		return fmt.Errorf("%w: %d entries stand before the first", ErrBroken, before)
	}
	return nil
}
