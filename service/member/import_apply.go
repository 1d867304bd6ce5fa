package member

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// checkForms finds what only shows beside other rows and other tables. It adds nothing twice.
func checkForms(tx model.Tx, b batch.Batch) error {
	const twice = "id_index IN (SELECT d.id_index FROM member_draft d WHERE d.batch_id = ? AND d.id_index <> '' GROUP BY d.id_index HAVING count(*) > 1)"
	const other = `'与第 ' || (SELECT d.row_no || ' 行“' || d.name FROM member_draft d WHERE d.batch_id = member_draft.batch_id AND d.id_index = member_draft.id_index
AND d.row_no <> member_draft.row_no ORDER BY d.row_no LIMIT 1) || '”的公民身份号码重复，请只保留一行'`
	if err := batch.Mark(tx, "member_draft", b.ID, "公民身份号码重复", other, twice, b.ID); err != nil {
		return err
	}
	err := batch.Mark(tx, "member_draft", b.ID, "已在党员名册中", "'该公民身份号码已在党员名册中，请删除此行；由外单位转来的请办理组织关系转接'",
		"id_index <> '' AND EXISTS (SELECT 1 FROM member m WHERE m.id_index = member_draft.id_index)")
	if err != nil {
		return err
	}
	return batch.Mark(tx, "member_draft", b.ID, "党支部已撤销或调整", "'所在党支部已撤销或调整，请重新填写'",
		"org_id IS NOT NULL AND org_id NOT IN (SELECT o.id FROM org o WHERE o.type = ? AND o.dissolved_on IS NULL AND o.path >= ? AND o.path < ?)",
		model.OrgBranch, b.Org.Path, model.PathEnd(b.Org.Path))
}

// applyForms makes members of the good drafts: each with the branch since admission, the first entry of the change log,
// and the stay elsewhere of floating members. The form knows no day of approval: the day of admission stands for it.
//
// A branch that was dissolved since the check takes nobody: its rows stay out, and the import with them.
func applyForms(tx model.Tx, b batch.Batch) (int64, error) {
	if err := roster.HoldAll(tx, "SELECT org_id FROM member_draft WHERE batch_id = ? AND error = ''", b.ID); err != nil {
		return 0, err
	}
	n, err := model.Exec(tx, `
INSERT INTO member (org_id, name, pinyin, id_sealed, id_index, phone_sealed, phone_index, sex, born_on, ethnic_group, native_place, education, degree,
    occupation, work_unit, work_post, landline, address_sealed, is_cadre, status, standing, admitted_on, approved_on, full_on, lost_since,
    version, batch_id, created_at, updated_at)
SELECT org_id, name, pinyin, id_sealed, id_index, phone_sealed, phone_index, sex, born_on, ethnic_group, native_place, education, degree,
    occupation, work_unit, work_post, landline, address_sealed, is_cadre, status, 'ACTIVE', admitted_on, admitted_on, full_on, lost_since,
    1, batch_id, `+instant(tx)+`, `+instant(tx)+`
FROM member_draft WHERE batch_id = ? AND error = '' AND org_id IN (SELECT o.id FROM org o WHERE o.dissolved_on IS NULL) ORDER BY row_no
ON CONFLICT (id_index) DO NOTHING`, tx.Now, tx.Now, b.ID)
	if err != nil {
		return 0, err
	}
	_, err = model.Exec(tx, "INSERT INTO member_span (member_id, org_id, from_on, reason) SELECT id, org_id, admitted_on, ? FROM member WHERE batch_id = ?",
		model.SpanFirst, b.ID)
	if err != nil {
		return 0, err
	}
	_, err = model.Exec(tx, `
INSERT INTO member_change (member_id, version, field, after, reason, account_id, by_name, at)
SELECT m.id, m.version, 'enrolled', o.name, '批量导入', CAST(? AS bigint), ?, `+instant(tx)+` FROM member m JOIN org o ON o.id = m.org_id WHERE m.batch_id = ?`,
		account(b.By), nameOf(b.By), tx.Now, b.ID)
	if err != nil {
		return 0, err
	}
	_, err = model.Exec(tx, `
INSERT INTO floating (member_id, name, home_org_id, place, left_on, state, home_by, home_at, registered_by, registered_at)
SELECT m.id, m.name, m.org_id, d.floating_place, d.floating_since, ?, CAST(? AS bigint), `+instant(tx)+`, CAST(? AS bigint), `+instant(tx)+`
FROM member_draft d JOIN member m ON m.id_index = d.id_index AND m.batch_id = d.batch_id
WHERE d.batch_id = ? AND d.floating_since IS NOT NULL AND d.error = ''`,
		model.FloatingActive, account(b.By), tx.Now, account(b.By), tx.Now, b.ID)
	return n, err
}

// dependent is a column of another table that refers to a member. also narrows the rows that count; a question mark in it
// is the batch.
type dependent struct {
	table, column, title, also string
}

// dependents keeps an import from being undone: whatever has been done with a member since.
var dependents = []dependent{
	{"member", "id", "已修改的党员资料", "version > 1"},
	{"account", "member_id", "绑定的微信账号", ""},
	{"rebind_request", "member_id", "换绑申请", ""},
	{"role_grant", "member_id", "角色", ""},
	{"fact", "subject_id", "积分记录", "subject_type = 'member'"},
	{"ledger_account", "owner_id", "红能量账户", "owner_type = 'member'"},
	{"message", "recipient_id", "消息", "recipient_type = 'member'"},
	{"attendance", "member_id", "考勤", ""},
	{"dues_assessment", "member_id", "党费核定", ""},
	{"dues_bill", "member_id", "党费账单", ""},
	{"dues_assessment_draft", "member_id", "待导入的党费核定", ""},
	{"dues_relief", "member_id", "党费减免", ""},
	{"dues_payment", "payer_id", "党费缴纳", ""},
	{"dues_arrears", "member_id", "党费欠缴", ""},
	{"dues_special", "member_id", "大额党费", ""},
	{"party_group", "leader_id", "党小组组长", ""},
	{"org_post", "member_id", "领导班子任职", ""},
	{"vote_exclusion", "member_id", "表决除外人员", ""},
	{"handover", "from_member_id", "工作交接", ""},
	{"handover", "to_member_id", "工作交接", ""},
	{"standing_decision", "member_id", "党籍处理决定", ""},
	{"transfer", "member_id", "组织关系转接", ""},
	{"delegate", "member_id", "党代表", ""},
	{"development", "member_id", "发展党员记录", ""},
	{"development_sponsor", "member_id", "培养联系人或入党介绍人", ""},
	{"floating", "member_id", "流动登记", "(state <> 'ACTIVE' OR registered_at <> (SELECT b.imported_at FROM import_batch b WHERE b.id = ?))"},
	{"accountability", "member_id", "责任追究", ""},
	{"service_team", "leader_id", "党员服务队负责人", ""},
	{"service_team_member", "member_id", "党员服务队队员", ""},
	{"service_duty", "member_id", "党员服务队值班", ""},
	{"service_order", "member_id", "上门服务", ""},
	{"floating_contact", "(SELECT f.member_id FROM floating f WHERE f.id = x.floating_id)", "流动党员联系记录", ""},
}

// companions goes with the members: what the import itself wrote, and who looked at them.
var companions = []dependent{
	{"member_span", "member_id", "", ""},
	{"member_change", "member_id", "", ""},
	{"member_access", "member_id", "", ""},
	{"floating", "member_id", "", ""},
}

// undoForms takes the members of an import out again. Fault import.in_use says what depends on them.
func undoForms(tx model.Tx, b batch.Batch) error {
	if err := roster.Lock(tx, "SELECT id FROM member WHERE batch_id = ?", b.ID); err != nil { // nothing begins to depend on them any more
		return err
	}
	if err := inUse(tx, b); err != nil {
		return err
	}
	for _, c := range companions {
		if _, err := model.Exec(tx, "DELETE FROM "+c.table+" WHERE "+c.column+" IN (SELECT id FROM member WHERE batch_id = ?)", b.ID); err != nil {
			return err
		}
	}
	_, err := model.Exec(tx, "DELETE FROM member WHERE batch_id = ?", b.ID)
	return err
}

func inUse(tx model.Tx, b batch.Batch) error {
	var parts []string
	var args []any
	for _, d := range dependents {
		part := fmt.Sprintf("SELECT '%s' AS title, count(*) AS n FROM %s x WHERE %s IN (SELECT id FROM member WHERE batch_id = ?)", d.title, d.table, d.column)
		if d.also != "" {
			part += " AND " + d.also
		}
		parts, args = append(parts, part), append(args, b.ID)
		if strings.Contains(d.also, "?") {
			args = append(args, b.ID)
		}
	}
	var found []struct {
		Title string
		N     int64
	}
	err := tx.Raw("SELECT title, sum(n) AS n FROM ("+strings.Join(parts, " UNION ALL ")+") q GROUP BY title HAVING sum(n) > 0 ORDER BY title", args...).Scan(&found).Error
	if err != nil || len(found) == 0 {
		return err
	}
	counts, texts := map[string]int64{}, make([]string, len(found))
	for i, f := range found {
		counts[f.Title], texts[i] = f.N, fmt.Sprintf("%s %d 条", f.Title, f.N)
	}
	return fault.Conflict("import.in_use", "这批党员已有后续业务，不能撤销："+strings.Join(texts, "、")).With("dependents", counts)
}
