package member

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/vault"
)

// field is one field of a member as the change log shows it.
type field struct {
	name, title string
	key         string // tells whether it changed
	text        string // what a person reads; sealed fields stand masked
}

// numbers is what is sealed, open or masked.
type numbers struct{ id, phone, address string }

func (s *Service) opened(m model.Member) (n numbers, err error) {
	for _, x := range []struct {
		into   *string
		sealed string
	}{{&n.id, m.IDSealed}, {&n.phone, m.PhoneSealed}, {&n.address, m.AddressSealed}} {
		if *x.into, err = s.vault.Open(x.sealed); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Service) masked(m model.Member) (numbers, error) {
	n, err := s.opened(m)
	return numbers{vault.MaskID(n.id), vault.MaskPhone(n.phone), maskAddress(n.address)}, err
}

// fields is every field of a member that people change, by decision, transfer or edit, in the order of the form.
func (s *Service) fields(tx model.Tx, m model.Member) ([]field, error) {
	open, err := s.opened(m)
	if err != nil {
		return nil, err
	}
	var names struct{ Org, Team string }
	err = tx.Raw(`SELECT coalesce((SELECT name FROM org WHERE id = ?), '') AS org, coalesce((SELECT name FROM party_group WHERE id = ?), '') AS team`,
		m.OrgID, m.GroupID).Scan(&names).Error
	plain := func(name, text string) field { return field{name, titles[name], text, text} }
	return []field{
		plain("name", m.Name), {"id_number", titles["id_number"], m.IDIndex, vault.MaskID(open.id)}, plain("sex", inChinese[m.Sex]),
		plain("born_on", string(m.BornOn)), plain("ethnic_group", m.EthnicGroup), plain("native_place", m.NativePlace),
		plain("education", m.Education), plain("degree", m.Degree), plain("occupation", m.Occupation),
		{"org_id", titles["org_id"], fmt.Sprint(m.OrgID), names.Org}, {"group_id", titles["group_id"], fmt.Sprint(number(m.GroupID)), names.Team},
		plain("status", inChinese[m.Status]), plain("standing", inChinese[m.Standing]),
		plain("admitted_on", string(m.AdmittedOn)), plain("approved_on", dateText(m.ApprovedOn)), plain("full_on", dateText(m.FullOn)),
		plain("work_unit", m.WorkUnit), plain("work_post", m.WorkPost), plain("is_cadre", yesNo(m.IsCadre)),
		{"phone", titles["phone"], m.PhoneIndex, vault.MaskPhone(open.phone)}, {"landline", titles["landline"], m.Landline, vault.MaskPhone(m.Landline)},
		{"address", titles["address"], open.address, maskAddress(open.address)}, plain("exempt", yesNo(m.Exempt)),
		plain("lost_since", dateText(m.LostSince)), plain("watched_until", dateText(m.WatchedUntil)), plain("left_on", dateText(m.LeftOn)),
	}, err
}

// titles are the fields' names on the form. enrolled is the entry in the roster itself.
var titles = map[string]string{"name": "姓名", "id_number": "身份证号", "sex": "性别", "born_on": "出生日期", "ethnic_group": "民族",
	"native_place": "籍贯", "education": "学历", "degree": "学位", "occupation": "职业", "org_id": "所在党支部", "group_id": "党小组",
	"status": "党员类别", "standing": "党籍状态", "admitted_on": "入党日期", "approved_on": "批准日期", "full_on": "转正日期",
	"work_unit": "工作单位", "work_post": "工作岗位", "is_cadre": "科级干部", "phone": "手机号", "landline": "固定电话", "address": "家庭住址",
	"exempt": "免于参加活动", "lost_since": "失去联系日期", "watched_until": "留党察看期满", "left_on": "离开名册日期", "enrolled": "登记入册",
	"decision": "组织决定"}

var inChinese = map[string]string{"MALE": "男", "FEMALE": "女", model.MemberProbationary: "预备党员", model.MemberFull: "正式党员",
	model.StandingActive: "正常", model.StandingSuspended: "停止党籍", model.StandingRemoved: "出党", model.StandingDeceased: "去世",
	model.StandingTransferred: "转出"}

func yesNo(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func number(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}

// changed writes down every field in which after differs from before, under after's version, and answers what it wrote:
// sealed fields stand masked, so that the rows may go into the audit log. The caller has written the member itself, with
// the next version. v may be nobody: a job, an import.
func (s *Service) changed(tx model.Tx, v access.Viewer, before, after model.Member, reason string) ([]model.MemberChange, error) {
	old, err := s.fields(tx, before)
	if err != nil {
		return nil, err
	}
	now, err := s.fields(tx, after)
	if err != nil {
		return nil, err
	}
	var changes []model.MemberChange
	for i := range old {
		if old[i].key != now[i].key {
			changes = append(changes, change(tx, v, after, old[i].name, old[i].text, now[i].text, reason))
		}
	}
	if len(changes) == 0 {
		return nil, nil
	}
	return changes, tx.Create(&changes).Error
}

// change is one row of the log.
func change(tx model.Tx, v access.Viewer, m model.Member, name, before, after, reason string) model.MemberChange {
	c := model.MemberChange{MemberID: m.ID, Version: m.Version, Field: name, Before: before, After: after, Reason: reason, ByName: nameOf(v), AccountID: account(v), At: tx.Now}
	return c
}

// nameOf is how a member reads who it was.
func nameOf(v access.Viewer) string {
	switch {
	case v.Name != "":
		return v.Name
	case v.AccountID != 0:
		return fmt.Sprint("账号", v.AccountID)
	}
	return "系统"
}

// Change is one changed field with before and after.
type Change struct {
	ID      int64     `json:"id"`
	Version int64     `json:"version"` // of the member, that the change made
	Field   string    `json:"field"`
	Title   string    `json:"title"`
	Before  string    `json:"before"`
	After   string    `json:"after"`
	Reason  string    `json:"reason"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// Changes lists what was changed about a member, the newest first, to those who may see the member. Somebody else's look
// is written down, as with Member.
func (s *Service) Changes(ctx context.Context, v access.Viewer, id int64, offset, limit int) ([]Change, int64, error) {
	if _, err := s.Member(ctx, v, id); err != nil {
		return nil, 0, err
	}
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw("SELECT count(*) FROM member_change WHERE member_id = ?", id).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	changes, err := changesOf(tx, "member_id = ? ORDER BY id DESC LIMIT ? OFFSET ?", id, limit, offset)
	return changes, total, err
}

func changesOf(tx model.Tx, where string, args ...any) ([]Change, error) {
	changes := []Change{}
	err := tx.Raw(`SELECT id, version, field, before, after, reason, by_name AS "by", at FROM member_change WHERE `+where, args...).Scan(&changes).Error
	for i := range changes {
		changes[i].Title = titles[changes[i].Field]
	}
	return changes, err
}

// unchanged refuses a change of a version that is not the present one, and says what has changed since, by whom, when.
func unchanged(tx model.Tx, m model.Member, seen int64) error {
	if m.Version == seen {
		return nil
	}
	changes, err := changesOf(tx, "member_id = ? AND version > ? ORDER BY id", m.ID, seen)
	if err != nil {
		return err
	}
	return fault.Conflict("member.changed", "该党员的资料已被他人修改，请核对最新内容后重新提交").With("version", m.Version).With("changes", changes)
}
