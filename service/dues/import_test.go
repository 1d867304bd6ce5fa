package dues

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/batch"
	"hongyun/service/sheet"
	"hongyun/service/vault"
)

// identity is a made-up number whose check digit is right.
func identity(n int) string {
	first := fmt.Sprintf("36119919900101%03d", n)
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first[i]-'0') * weight
	}
	return first + string("10X98765432"[sum%11])
}

// intake is an import without its file.
type intake struct {
	*world
	i batch.Importer
	v *vault.Vault
}

func (w *world) intake() *intake {
	w.t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{7}, 32))
	must(w.t, err)
	return &intake{w, w.s.Importers(v)[0], v}
}

// known gives the member the n-th identity number.
func (in *intake) known(m model.Member, n int) model.Member {
	in.t.Helper()
	must(in.t, in.db.Read(ctx).Model(&model.Member{}).Where("id = ?", m.ID).Update("id_index", in.v.Index(identity(n))).Error)
	return m
}

// sent checks rows, each of cells as key=value; the id_number as its n.
func (in *intake) sent(by access.Viewer, org string, rows ...string) batch.Batch {
	in.t.Helper()
	in.n++
	f := model.File{SHA256: fmt.Sprint("sheet", in.n), Name: "x.xlsx", MIME: "x", CreatedAt: in.db.Now()}
	in.create(&f)
	b := batch.Batch{ImportBatch: model.ImportBatch{Kind: KindAssessments, OrgID: in.orgs[org].ID, FileID: f.ID, State: model.ImportChecking, CreatedAt: in.db.Now(), UpdatedAt: in.db.Now()},
		Org: in.orgs[org], By: by}
	in.create(&b.ImportBatch)
	var list []sheet.Row
	for i, r := range rows {
		cells := map[string]string{}
		for _, text := range strings.Fields(r) {
			key, value, _ := strings.Cut(text, "=")
			cells[key] = value
			if n := 0; key == "id_number" && len(value) < 4 {
				_, err := fmt.Sscan(value, &n)
				must(in.t, err)
				cells[key] = identity(n)
			}
		}
		list = append(list, sheet.Row{No: i + 4, Cells: cells})
	}
	must(in.t, in.db.Tx(ctx, func(tx model.Tx) error { return in.i.Stage(tx, b, list) }))
	must(in.t, in.db.Tx(ctx, func(tx model.Tx) error { return in.i.Check(tx, b) }))
	return b
}

func (in *intake) reasons(b batch.Batch) []string {
	in.t.Helper()
	var all []string
	must(in.t, in.db.Read(ctx).Raw("SELECT error FROM dues_assessment_draft WHERE batch_id = ? ORDER BY row_no", b.ID).Scan(&all).Error)
	return all
}

func (in *intake) apply(b batch.Batch) (n int64) {
	in.t.Helper()
	must(in.t, in.db.Tx(ctx, func(tx model.Tx) (err error) {
		n, err = in.i.Apply(tx, b)
		return err
	}))
	return n
}

func (in *intake) undo(b batch.Batch) error {
	return in.db.Tx(ctx, func(tx model.Tx) error { return in.i.Undo(tx, b) })
}

func (in *intake) inForce(m model.Member, month model.Month) (a model.DuesAssessment) {
	in.t.Helper()
	must(in.t, in.db.Read(ctx).Where("member_id = ? AND effective_month = ? AND replaced_at IS NULL", m.ID, month).Take(&a).Error)
	return a
}

const byWage = "category=按月领取工资的党员"

func TestImport_Applied(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := w.intake()
		collector := w.holder(model.RoleCollector, "甲党委")
		plain, itemised, trader := in.known(w.member("甲一支部", "工", "2010-07-01"), 1), in.known(w.payer("甲一支部", "项", 1250), 2), in.known(w.member("甲二支部", "商", "2026-10-20"), 3)
		farmer, later := in.known(w.member("甲二支部", "农", "2010-07-01"), 4), in.known(w.payer("甲二支部", "后", 1250), 5)
		w.bill("2026-11-01")
		b := in.sent(collector, "甲党委",
			"id_number=1 name=工 "+byWage+" base=5,100.00 month=2026-11 reason=首次核定",
			"id_number=2 name=项 category=离退休党员 item/RETIRED/PENSION=5000.01 item/RETIRED/PENSION_SUBSIDY=800 month=2026-11",
			"id_number=3 name=商 category=不按月取得收入的党员 quarter_net=27000 month=2026-10",
			"id_number=4 name=农 category=农民党员 set=0.5 month=2026-11",
			"id_number=5 name=后 "+byWage+" base=3000.50元 month=2027-01")
		if got := strings.Join(in.reasons(b), ""); got != "" {
			t.Fatal(got)
		}
		if n := in.apply(b); n != 5 {
			t.Fatalf("%d came in", n)
		}
		t.Run("amounts are those of the rules, to the fen", func(t *testing.T) {
			for _, test := range []struct {
				m              model.Member
				month          model.Month
				base, fen, net int64
			}{{plain, "2026-11", 510000, 7650, 0}, {itemised, "2026-11", 500001, 5000, 0}, {trader, "2026-10", 900000, 13500, 2700000}, {farmer, "2026-11", 0, 50, 0}, {later, "2027-01", 300050, 3001, 0}} {
				a := in.inForce(test.m, test.month)
				if a.BaseFen != test.base || a.AmountFen != test.fen || a.QuarterNetFen != test.net || a.BatchID == nil || *a.BatchID != b.ID || a.CreatedBy == nil || a.Clause == "" {
					t.Errorf("%+v", a)
				}
			}
			if n := w.sum("SELECT amount_fen AS n FROM dues_assessment_item WHERE assessment_id = ? AND treatment IN ('INCLUDE', 'IGNORE')", in.inForce(itemised, "2026-11").ID); n != 580001 {
				t.Errorf("items of %d fen", n)
			}
		})
		t.Run("bills that nobody has paid follow, missing ones are made, and the ledger with them", func(t *testing.T) {
			if b := w.billOf(itemised, "2026-11"); b.AmountFen != 5000 || b.Revision != 1 || b.Category != "RETIRED" {
				t.Errorf("%+v", b)
			}
			if w.billOf(plain, "2026-11").AmountFen != 7650 || w.billOf(trader, "2026-10").AmountFen != 13500 || w.billOf(trader, "2026-11").AmountFen != 13500 || w.billOf(later, "2026-11").AmountFen != 1250 {
				t.Error("bills are wrong")
			}
			if n := w.sum("SELECT count(*) AS n FROM dues_bill WHERE member_id = ?", plain.ID); n != 1 {
				t.Errorf("%d bills of who was first assessed for this month", n)
			}
			w.proved()
		})
		t.Run("it is not undone while a bill names it", func(t *testing.T) {
			wantFault(t, in.undo(b), "import.in_use")
		})
		t.Run("undone, what it corrected counts again", func(t *testing.T) {
			old := in.inForce(later, "2027-01")
			b := in.sent(collector, "甲党委", "id_number=5 name=后 "+byWage+" base=9000 month=2027-01")
			if in.apply(b) != 1 || in.inForce(later, "2027-01").AmountFen != 13500 {
				t.Fatal(in.reasons(b))
			}
			must(t, in.undo(b))
			if a := in.inForce(later, "2027-01"); a.ID != old.ID || a.ReplacedBy != nil {
				t.Fatalf("%+v", a)
			}
			w.proved()
		})
	})
}

func TestImport_Refused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := w.intake()
		collector := w.holder(model.RoleCollector, "甲党委")
		in.known(w.payer("甲一支部", "已", 1250), 1)
		in.known(w.payer("乙一支部", "外", 1250), 2)
		gone := in.known(w.payer("甲一支部", "去", 1250), 3)
		must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", gone.ID).Update("standing", model.StandingRemoved).Error)
		in.known(w.member("甲一支部", "新", "2026-10-20"), 4)
		paid := in.known(w.payer("甲一支部", "付", 1250), 5)
		in.known(w.member("甲一支部", "可", "2010-07-01"), 6)
		open := in.known(w.payer("甲一支部", "登", 1250), 7)
		w.bill("2026-11-01")
		w.pay(w.billOf(paid, "2026-11"), "2026-11-05")
		w.payment(w.billOf(open, "2026-11"), model.PaymentRecorded, "2026-11-05")
		const good = "name=可 id_number=6 " + byWage + " base=5100 month=2026-11 "
		for _, test := range []struct{ sentence, row, reason string }{
			{"no number", "name=可 " + byWage + " base=5100 month=2026-11", "请填写身份证号"},
			{"a wrong number", good + "id_number=361199199001010019", "校验位"},
			{"nobody of the organisation", "name=外 id_number=2 " + byWage + " base=5100 month=2026-11", "没有找到该党员"},
			{"nobody at all", "name=外 id_number=99 " + byWage + " base=5100 month=2026-11", "没有找到该党员"},
			{"another's name", good + "name=已", "姓名与身份证号不符"},
			{"who has left", "name=去 id_number=3 " + byWage + " base=5100 month=2026-11", "已停止党籍"},
			{"a category of a relief", good + "category=免缴", "免缴、减缴请通过减免申请办理"},
			{"no category", "name=可 id_number=6 base=5100 month=2026-11", "请填写党员类别"},
			{"three decimals", good + "base=5100.005", "最多两位小数"},
			{"a word", good + "base=五千", "最多两位小数"},
			{"less than nothing", good + "base=-1", "不能为负数"},
			{"no base", "name=可 id_number=6 " + byWage + " month=2026-11", "请填写计算基数"},
			{"base and items", good + "item/SALARIED/POST_PAY=1", "只填一种"},
			{"an item of another category", good + "item/RETIRED/PENSION=1", "不是该类别的收入项目"},
			{"an amount that the category does not ask for", good + "set=0.5", "不按“核定金额”核定"},
			{"a farmer's amount outside the limits", "name=可 id_number=6 category=农民党员 set=1.2 month=2026-11", "核定金额须在"},
			{"more deducted than there is", "name=可 id_number=6 " + byWage + " item/SALARIED/INCOME_TAX=5 month=2026-11", "扣除的项目多于"},
			{"no month", "name=可 id_number=6 " + byWage + " base=5100", "请填写生效月份"},
			{"a month that is none", good + "month=十一月", "生效月份无效"},
			{"too far ahead", good + "month=2027-12", "最迟为2027年11月"},
			{"before the admission", "name=新 id_number=4 " + byWage + " base=5100 month=2026-09", "早于支部大会"},
			{"a past month of who is assessed", "name=已 id_number=1 " + byWage + " base=5100 month=2026-10", "不改变以前月份"},
			{"a second one in the year", "name=已 id_number=1 " + byWage + " base=5100 month=2026-11", "每年核定一次"},
			{"a bill that is paid", "name=付 id_number=5 category=离退休党员 base=5100 month=2026-11", "已缴纳或正在缴纳"},
			{"a bill whose payment waits for confirmation", "name=登 id_number=7 category=离退休党员 base=5100 month=2026-11", "已缴纳或正在缴纳"},
		} {
			t.Run(test.sentence+" is told", func(t *testing.T) {
				got := in.reasons(in.sent(collector, "甲党委", test.row))[0]
				if !strings.Contains(got, test.reason) {
					t.Fatalf("got %q, want %q", got, test.reason)
				}
				if strings.Contains(got, "5100") || strings.Contains(got, "36119919") {
					t.Fatalf("%q repeats an amount or a number", got)
				}
			})
		}
		t.Run("all that is wrong with a row is told at once", func(t *testing.T) {
			got := in.reasons(in.sent(collector, "甲党委", "id_number=2 name=外 category=不是 base=x month=2026-13 quarter_net=-3"))[0]
			for _, part := range []string{"没有找到该党员", "党员类别无法识别", "“计算基数”须为", "生效月份无效", "“上季度纯收入”不能为负数"} {
				if !strings.Contains(got, part) {
					t.Errorf("%q lacks %q", got, part)
				}
			}
		})
		t.Run("a person stands in the file once", func(t *testing.T) {
			got := in.reasons(in.sent(collector, "甲党委", good, good+"base=6000"))
			if !strings.Contains(got[0], "与第 5 行的身份证号重复") || !strings.Contains(got[1], "与第 4 行的身份证号重复") {
				t.Fatal(got)
			}
		})
		t.Run("a row that became bad after the check stays out, and says why", func(t *testing.T) {
			b := in.sent(collector, "甲党委", good)
			m := in.known(w.payer("甲一支部", "可", 1250), 6+100)
			must(t, w.db.Read(ctx).Exec("UPDATE dues_assessment_draft SET member_id = ?, id_index = ? WHERE batch_id = ?", m.ID, in.v.Index(identity(106)), b.ID).Error)
			if n := in.apply(b); n != 0 || !strings.Contains(in.reasons(b)[0], "每年核定一次") {
				t.Fatal(n, in.reasons(b))
			}
		})
		t.Run("a second one whose reason says that it corrects the first comes in", func(t *testing.T) {
			row := "name=已 id_number=1 " + byWage + " base=5100 month=2026-11 reason="
			if got := in.reasons(in.sent(collector, "甲党委", row+"更正：漏计绩效"))[0]; got != "" {
				t.Fatal(got)
			}
			if got := in.reasons(in.sent(collector, "甲党委", row+"更正"))[0]; !strings.Contains(got, "每年核定一次") {
				t.Fatal(got)
			}
		})
		t.Run("where the organisation reassesses on a change, a second one in the year comes in", func(t *testing.T) {
			must(t, w.db.Read(ctx).Exec("UPDATE rule_value SET value = 1 WHERE family = 'dues' AND code = 'REASSESS_ON_CHANGE'").Error)
			if got := in.reasons(in.sent(collector, "甲党委", "name=已 id_number=1 "+byWage+" base=5100 month=2026-11"))[0]; got != "" {
				t.Fatal(got)
			}
		})
	})
}

func TestImport_Scope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := w.intake()
		for _, test := range []struct {
			who  string
			v    access.Viewer
			sees string
		}{
			{"a committee's administrator, who collects nothing", w.holder(model.RoleAdmin, "甲党委"), ""},
			{"the city's administrator", w.holder(model.RoleAdmin, "市委"), ""},
			{"a leader", w.holder(model.RoleLeader, "甲党委"), ""},
			{"a committee's collector", w.holder(model.RoleCollector, "甲党委"), "甲党委 甲一支部 甲二支部"},
			{"a branch's administrator", w.holder(model.RoleAdmin, "甲一支部"), "甲一支部"},
		} {
			var sees []string
			for _, name := range []string{"市委", "甲党委", "甲一支部", "甲二支部", "乙党委", "乙一支部"} {
				if in.i.Scope(test.v).Covers(w.orgs[name].Path) {
					sees = append(sees, name)
				}
			}
			if got := strings.Join(sees, " "); got != test.sees {
				t.Errorf("%s sends and sees files of %q, want %q", test.who, got, test.sees)
			}
		}
	})
}

func TestParseYuan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "5100": 510000, "5100.5": 510050, "5100.50": 510050, "5,100.05": 510005, "¥12元": 1200, "0.10": 10, "1,234,567.8900": 123456789, "41666.67": 4166667} {
		if got, ok := parseYuan(text); !ok || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", ".5", "5.", "1e3", "1,00", ",100", "5100.005", "-1", "+1", "１２", "12 00", "9999999999999", "1.2.3", "NaN"} {
		if got, ok := parseYuan(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}
