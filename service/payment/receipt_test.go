package payment

import (
	"strings"
	"testing"

	"hongyun/model"
)

func TestReceipt(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang, li, wang := w.member("甲一支部", "张一"), w.member("甲一支部", "欧阳小四"), w.member("甲一支部", "王五")
		w.allow("甲一支部", func(s *model.DuesSetting) { s.PayForOthers = true })
		a, b := w.bill(zhang, "2026-11", 1250), w.bill(li, "2026-10", 20)
		p := w.mustPay(zhang, a, b)
		id := p.Payment.ID
		w.run(t, "there is none before the money", func(t *testing.T) {
			_, err := w.s.Receipt(bg, zhang, id)
			wantCode(t, err, "dues.no_receipt")
		})
		w.tap(zhang, p, "ok")
		whole, err := w.s.Receipt(bg, zhang, id)
		w.must(err)
		w.run(t, "it says who paid what, in figures and in words", func(t *testing.T) {
			if whole.Number != p.Payment.Number || whole.PayerName != "张一" || whole.OrgName != "甲一支部" || whole.AmountFen != 1270 || whole.Amount != "人民币壹拾贰元柒角" ||
				len(whole.Bills) != 2 || whole.PaidOn != "2026-11-20" || whole.Method != model.PayWeChat || !whole.Stands || len(whole.Code) != 19 {
				t.Fatalf("%+v", whole)
			}
		})
		w.run(t, "collectors of the branch see it, administrators above and other members don't", func(t *testing.T) {
			if r, err := w.s.Receipt(bg, w.holder(model.RoleCollector, "甲一支部", "党务"), id); err != nil || r.Code != whole.Code {
				t.Fatalf("%+v, %v", r, err)
			}
			_, err := w.s.Receipt(bg, wang, id)
			wantCode(t, err, "not_found")
			_, err = w.s.Receipt(bg, w.holder(model.RoleAdmin, "甲党委", "党委"), id)
			wantCode(t, err, "not_found")
		})
		own, err := w.s.Receipt(bg, li, id)
		w.must(err)
		w.run(t, "for whom another has paid sees the own part, with a code of its own", func(t *testing.T) {
			if own.AmountFen != 20 || own.Amount != "人民币贰角" || len(own.Bills) != 1 || own.PayerName != "张一" || own.Code == whole.Code {
				t.Fatalf("%+v", own)
			}
		})
		w.run(t, "anybody with number and code may check it, and sees no name", func(t *testing.T) {
			for _, code := range []string{whole.Code, strings.ToLower(whole.Code), strings.ReplaceAll(whole.Code, "-", ""), " " + strings.ReplaceAll(whole.Code, "-", " ")} {
				r, err := w.s.CheckReceipt(bg, strings.ToLower(whole.Number), code)
				if err != nil || r.AmountFen != 1270 || r.PayerName != "张*" || r.Bills[0].MemberName != "欧***" || !r.Stands || r.Status != "有效" {
					t.Fatalf("%q: %+v, %v", code, r, err)
				}
			}
			if r, err := w.s.CheckReceipt(bg, own.Number, own.Code); err != nil || r.AmountFen != 20 || len(r.Bills) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
		})
		w.run(t, "a wrong code and a wrong number get the same answer", func(t *testing.T) {
			_, code := w.s.CheckReceipt(bg, whole.Number, "AAAA-AAAA-AAAA-AAAA")
			_, empty := w.s.CheckReceipt(bg, whole.Number, "")
			_, number := w.s.CheckReceipt(bg, "DF20261120AAAAAAAAAAAAA", whole.Code)
			for _, err := range []error{code, empty, number} {
				wantCode(t, err, "not_found")
				if err.Error() != code.Error() {
					t.Fatalf("%v and %v", err, code)
				}
			}
		})
		w.run(t, "the code seals amount, day and bills", func(t *testing.T) {
			for what, sql := range map[string]string{
				"amount": "UPDATE dues_payment_bill SET amount_fen = amount_fen + 1 WHERE bill_id = ?",
				"bill":   "DELETE FROM dues_payment_bill WHERE bill_id = ?",
			} {
				w.must(w.db.Read(bg).Exec("CREATE TABLE kept AS SELECT * FROM dues_payment_bill").Error)
				w.must(w.db.Read(bg).Exec(sql, b.ID).Error)
				if _, err := w.s.CheckReceipt(bg, whole.Number, whole.Code); err == nil {
					t.Errorf("another %s is not found out", what)
				}
				w.must(w.db.Read(bg).Exec("DELETE FROM dues_payment_bill").Error)
				w.must(w.db.Read(bg).Exec("INSERT INTO dues_payment_bill SELECT * FROM kept").Error)
				w.must(w.db.Read(bg).Exec("DROP TABLE kept").Error)
			}
			w.must(w.db.Read(bg).Exec("UPDATE dues_payment SET paid_on = '2026-11-21' WHERE id = ?", id).Error)
			if _, err := w.s.CheckReceipt(bg, whole.Number, whole.Code); err == nil {
				t.Error("another day is not found out")
			}
			w.must(w.db.Read(bg).Exec("UPDATE dues_payment SET paid_on = '2026-11-20' WHERE id = ?", id).Error)
		})
		w.run(t, "what was given back is said", func(t *testing.T) {
			back := func(bill model.DuesBill) {
				w.must(w.db.Tx(bg, func(tx model.Tx) error {
					row, err := lockPayment(tx, "id = ?", id)
					if err != nil {
						return err
					}
					return takeBack(tx, row, bill)
				}))
			}
			back(b)
			if r, err := w.s.CheckReceipt(bg, whole.Number, whole.Code); err != nil || !r.Stands || r.Status != "其中部分已退回" || !r.Bills[0].Returned {
				t.Fatalf("%+v, %v", r, err)
			}
			if r, err := w.s.CheckReceipt(bg, own.Number, own.Code); err != nil || r.Stands || r.Status != "已退回，收据作废" {
				t.Fatalf("%+v, %v", r, err)
			}
			_, err := w.s.Receipt(bg, li, id)
			wantCode(t, err, "dues.no_receipt")
			back(a)
			w.must(w.db.Read(bg).Exec("UPDATE dues_payment SET state = 'REFUNDED' WHERE id = ?", id).Error)
			if r, err := w.s.CheckReceipt(bg, whole.Number, whole.Code); err != nil || r.Stands {
				t.Fatalf("%+v, %v", r, err)
			}
			_, err = w.s.Receipt(bg, zhang, id)
			wantCode(t, err, "dues.no_receipt")
		})
	})
}

func TestPayable(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang, li := w.member("甲一支部", "张一"), w.member("甲一支部", "李四")
		assess := func(v int64, b model.DuesBill) {
			a := model.DuesAssessment{MemberID: v, Category: "SALARIED", BaseFen: 510000, RateBP: 150, AmountFen: b.AmountFen, EffectiveMonth: "2026-01", Clause: "第一条", CreatedAt: w.db.Now()}
			w.create(&a)
			w.must(w.db.Read(bg).Exec("UPDATE dues_bill SET assessment_id = ? WHERE id = ?", a.ID, b.ID).Error)
		}
		old, now, next, lis := w.bill(zhang, "2026-04", 7650), w.bill(zhang, "2026-11", 7650), w.bill(zhang, "2026-12", 7650), w.bill(li, "2026-11", 7650)
		assess(zhang.MemberID, now)
		assess(li.MemberID, lis)
		w.run(t, "the own bills are explained, with why some cannot be paid", func(t *testing.T) {
			list, err := w.s.Payable(bg, zhang, PayableFilter{})
			w.must(err)
			if len(list.Items) != 3 || !list.Online || list.PayForOthers {
				t.Fatalf("%+v", list)
			}
			for i, want := range []struct {
				id int64
				ok bool
			}{{old.ID, false}, {now.ID, true}, {next.ID, false}} {
				if got := list.Items[i]; got.BillID != want.id || got.Payable != want.ok || got.Payable == (got.Why != "") || got.CategoryTitle != "按月领取工资的党员" {
					t.Fatalf("%+v", got)
				}
			}
			if got := list.Items[1]; got.BaseFen == nil || *got.BaseFen != 510000 || *got.RateBP != 150 || *got.Clause != "第一条" {
				t.Fatalf("%+v", got)
			}
		})
		w.run(t, "others are found only where that is allowed, and without their base", func(t *testing.T) {
			_, err := w.s.Payable(bg, zhang, PayableFilter{MemberID: li.MemberID})
			wantCode(t, err, "not_found")
			if list, err := w.s.Payable(bg, zhang, PayableFilter{Name: "李四"}); err != nil || len(list.Items) != 0 {
				t.Fatalf("%+v, %v", list, err)
			}
			w.allow("甲一支部", func(s *model.DuesSetting) { s.PayForOthers = true })
			for _, f := range []PayableFilter{{MemberID: li.MemberID}, {Name: "李四"}} {
				list, err := w.s.Payable(bg, zhang, f)
				w.must(err)
				if len(list.Items) != 1 || list.Items[0].BillID != lis.ID || list.Items[0].AmountFen != 7650 || list.Items[0].BaseFen != nil || list.Items[0].RateBP != nil || list.Items[0].Clause != nil {
					t.Fatalf("%+v", list)
				}
			}
			_, err = w.s.Payable(bg, zhang, PayableFilter{MemberID: w.member("甲二支部", "赵六").MemberID})
			wantCode(t, err, "not_found")
		})
		w.run(t, "says who is paying it", func(t *testing.T) {
			p := w.mustPay(li, lis)
			list, err := w.s.Payable(bg, zhang, PayableFilter{MemberID: li.MemberID})
			w.must(err)
			if got := list.Items[0]; got.Payable || got.PaymentID == nil || *got.PaymentID != p.Payment.ID || got.PaymentOwn || got.Why != "正在网上缴纳" {
				t.Fatalf("%+v", got)
			}
			list, err = w.s.Payable(bg, li, PayableFilter{})
			w.must(err)
			if got := list.Items[0]; !got.Payable || !got.PaymentOwn || got.ExpiresAt == nil {
				t.Fatalf("%+v", got)
			}
		})
		w.run(t, "the list of payments names all that concern me", func(t *testing.T) {
			p := w.mustPay(zhang, now)
			rows, total, err := w.s.MyPayments(bg, zhang, 0, 10)
			w.must(err)
			if total != 1 || len(rows) != 1 || rows[0].ID != p.Payment.ID || len(rows[0].Bills) != 1 {
				t.Fatalf("%+v", rows)
			}
			_, err = w.s.MyPayment(bg, li, p.Payment.ID)
			wantCode(t, err, "not_found")
		})
	})
}
