package member

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// IdentityInput says why somebody must see full numbers.
type IdentityInput struct {
	Reason string `json:"reason" validate:"required,text,min=4,max=200" label:"查阅理由"`
}

// Identity is what is masked elsewhere.
type Identity struct {
	MemberID int64  `json:"member_id"`
	Name     string `json:"name"`
	IDNumber string `json:"id_number"`
	Phone    string `json:"phone"`
	Address  string `json:"address"`
}

// reasonLeast is the fewest characters that say something.
const reasonLeast = 4

// ReadIdentity shows a member's full identity number, phone and address to who holds the role for it over the branch
// (RULES 11.3). The reading is audited and stands among what the member sees, in the same transaction: without them no
// number is shown. Whoever may see the member, but not the numbers, is forbidden; anybody else finds nothing.
func (s *Service) ReadIdentity(ctx context.Context, v access.Viewer, id int64, in IdentityInput) (Identity, error) {
	reason := strings.TrimSpace(in.Reason)
	if utf8.RuneCountInString(reason) < reasonLeast {
		return Identity{}, fault.Invalid("member.reason", "请写明查阅理由，不少于4个字")
	}
	var out Identity
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, path, err := lockAny(tx, id)
		if err != nil {
			return err
		}
		switch {
		case v.Identifies().Covers(path):
		case v.Reads().Covers(path) || v.MemberID == id:
			return fault.Forbidden()
		default:
			return fault.NotFound("党员")
		}
		open, err := s.opened(m)
		if err != nil {
			return err
		}
		out = Identity{MemberID: m.ID, Name: m.Name, IDNumber: open.id, Phone: open.phone, Address: open.address}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "member.identity", ObjectType: "member", ObjectID: id, After: map[string]any{"reason": reason}})
		return Looked(tx, v, model.AccessIdentity, reason, "SELECT CAST(? AS bigint) AS id", id)
	})
	if err != nil {
		return Identity{}, err
	}
	return out, nil
}

// lockAny reads a member and the path of the branch, whoever asks: the caller decides whether the answer may tell of it.
func lockAny(tx model.Tx, id int64) (model.Member, string, error) {
	var m model.Member
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&m).Error
	if model.NotFound(err) {
		err = fault.NotFound("党员")
	}
	if err != nil {
		return m, "", err
	}
	var o model.Org
	err = tx.Select("path").Where("id = ?", m.OrgID).Take(&o).Error
	return m, o.Path, err
}
