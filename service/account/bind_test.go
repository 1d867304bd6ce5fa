package account_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/fault"
)

func TestBind(t *testing.T) {
	each(t, func(b *bundle) {
		_, v := b.login(b.li.id)
		in := account.BindInput{Name: " 李四 ", IDLast6: "31123x", PhoneCode: b.code(b.li.id, "phone-code")}
		view, err := b.Bind(b.ctx, v, in)
		must(b.t, err)
		b.t.Run("name, last six and phone tie the account; a small x will do", func(t *testing.T) {
			equal(t, view.Bound, true)
			equal(t, *view.Member, account.Member{ID: b.li.member, Name: "李四", OrgID: b.one, OrgName: "一支部"})
		})
		b.t.Run("the phone is kept sealed", func(t *testing.T) {
			var a model.Account
			must(t, b.db.Read(b.ctx).Take(&a, v.AccountID).Error)
			equal(t, a.PhoneIndex, b.vault.Index("13800000002"))
			phone, err := b.vault.Open(a.PhoneSealed)
			must(t, err)
			equal(t, phone, "13800000002")
		})
		b.t.Run("a bound account is not bound again", func(t *testing.T) {
			_, err := b.bind(v, b.li.id, b.zhang)
			refused(t, err, "account.already_bound")
		})
		b.t.Run("of a family that shares a phone each finds himself or herself", func(t *testing.T) {
			son := b.member(b.one, "李小四", "361199200002294580", "13800000002")
			_, v := b.login(son.id)
			view, err := b.bind(v, son.id, son)
			must(t, err)
			equal(t, view.Member.ID, son.member)
		})
		b.t.Run("neither database nor audit log shows a number", func(t *testing.T) {
			var entries []model.AuditEntry
			must(t, b.db.Read(b.ctx).Find(&entries).Error)
			raw, err := json.Marshal(entries)
			must(t, err)
			if !strings.Contains(string(raw), "account.bind") {
				t.Fatal("no entry")
			}
			for _, secret := range []string{"13800000002", b.li.idNumber, b.li.last6()} {
				if strings.Contains(string(raw), secret) {
					t.Fatalf("%s in the audit log", secret)
				}
			}
		})
	})
}

func TestBind_Wrong(t *testing.T) {
	each(t, func(b *bundle) {
		suspended := b.member(b.one, "孙七", "361199198001010011", "13800000007")
		b.exec("UPDATE member SET standing = ? WHERE id = ?", model.StandingSuspended, suspended.member)
		var answers []string
		for i, c := range []struct {
			name         string
			who          person
			typed, last6 string
			phone        string
		}{
			{name: "the name", who: b.zhang, typed: "张山"},
			{name: "the last six", who: b.zhang, last6: "010019"},
			{name: "the phone", who: b.zhang, phone: b.li.id},
			{name: "a member who is suspended", who: suspended},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				in := account.BindInput{Name: c.who.name, IDLast6: c.who.last6(), PhoneCode: b.code(c.who.id, "phone-code")}
				if c.typed != "" {
					in.Name = c.typed
				}
				if c.last6 != "" {
					in.IDLast6 = c.last6
				}
				if c.phone != "" {
					in.PhoneCode = b.code(c.phone, "phone-code")
				}
				_, err := b.Bind(b.ctx, b.stranger(fmt.Sprintf("x%d", i), "13900000000"), in)
				f := refused(t, err, "account.no_match")
				answers = append(answers, fmt.Sprint(f.Kind, f.Message, f.Details))
			})
		}
		b.t.Run("every wrong triple gets the same answer", func(t *testing.T) {
			for _, a := range answers {
				equal(t, a, answers[0])
			}
		})
		b.t.Run("a phone code works once", func(t *testing.T) {
			v := b.stranger("y", "13900000001")
			in := account.BindInput{Name: "谁", IDLast6: "000000", PhoneCode: b.code("y", "phone-code")}
			_, err := b.Bind(b.ctx, v, in)
			refused(t, err, "account.no_match")
			_, err = b.Bind(b.ctx, v, in)
			refused(t, err, "account.phone_code_invalid")
		})
	})
}

func TestBind_Tries(t *testing.T) {
	each(t, func(b *bundle) {
		wrong := b.zhang
		wrong.idNumber = "361199199001010000"
		b.t.Run("five failures lock the account, whatever it tries next", func(t *testing.T) {
			v := b.stranger("a1", "13900000001")
			for i := range account.MaxTries {
				p := wrong
				p.name = fmt.Sprint("某人", i)
				b.phone["a1"] = fmt.Sprintf("1390000010%d", i)
				_, err := b.bind(v, "a1", p)
				refused(t, err, "account.no_match")
			}
			_, err := b.bind(v, b.zhang.id, b.zhang)
			equal(t, refused(t, err, "account.too_many_tries").Kind, fault.KindTooMany)
		})
		b.t.Run("five failures for a name and six digits lock them for every account", func(t *testing.T) {
			for i := range account.MaxTries {
				id := fmt.Sprintf("b%d", i)
				_, err := b.bind(b.stranger(id, fmt.Sprintf("1390000020%d", i)), id, b.wang)
				refused(t, err, "account.no_match")
			}
			_, v := b.login(b.wang.id)
			_, err := b.bind(v, b.wang.id, b.wang)
			refused(t, err, "account.too_many_tries")
		})
		b.t.Run("five failures with a phone lock the phone", func(t *testing.T) {
			for i := range account.MaxTries {
				p := b.zhao
				p.idNumber = fmt.Sprintf("36119919560704000%d", i)
				id := fmt.Sprintf("c%d", i)
				_, err := b.bind(b.stranger(id, b.phone[b.zhao.id]), id, p)
				refused(t, err, "account.no_match")
			}
			_, v := b.login(b.zhao.id)
			_, err := b.bind(v, b.zhao.id, b.zhao)
			refused(t, err, "account.too_many_tries")
		})
		b.t.Run("the lock ends, and its end does not move", func(t *testing.T) {
			b.redis.FastForward(account.TryAgain)
			_, v := b.login(b.zhao.id)
			_, err := b.bind(v, b.zhao.id, b.zhao)
			must(t, err)
		})
		b.t.Run("parallel tries do not slip through", func(t *testing.T) {
			v := b.stranger("p", "13900000300")
			var wg sync.WaitGroup
			codes := make([]string, 20)
			for i := range codes {
				codes[i] = b.code("p", "phone-code")
			}
			errs := make([]error, len(codes))
			for i := range codes {
				wg.Go(func() {
					_, errs[i] = b.Bind(b.ctx, v, account.BindInput{Name: fmt.Sprint("某", i), IDLast6: "000000", PhoneCode: codes[i]})
				})
			}
			wg.Wait()
			tried := 0
			for _, err := range errs {
				if fault.Is(err, "account.no_match") {
					tried++
				}
			}
			equal(t, tried, account.MaxTries)
		})
		b.t.Run("when WeChat is down nobody loses a try", func(t *testing.T) {
			v := b.stranger("d", b.phone[b.li.id])
			b.door("faults", `{"api":"wxa/business/getuserphonenumber","status":502,"times":6}`, nil)
			for range account.MaxTries + 1 {
				_, err := b.bind(v, "d", b.li)
				refused(t, err, "wechat.unavailable")
			}
			_, err := b.bind(v, "d", b.li)
			must(t, err)
		})
		b.t.Run("no counter names a person", func(t *testing.T) {
			for _, key := range b.redis.Keys() {
				if strings.Contains(key, "张三") || strings.Contains(key, "1390000") || strings.Contains(key, b.zhang.last6()) {
					t.Fatal(key)
				}
			}
		})
	})
}

func TestBind_TwoAccountsAtOnce(t *testing.T) {
	each(t, func(b *bundle) {
		const n = 8
		viewers, codes := make([]access.Viewer, n), make([]string, n)
		for i := range n {
			id := fmt.Sprintf("w%d", i)
			viewers[i] = b.stranger(id, b.phone[b.zhang.id])
			codes[i] = b.code(id, "phone-code")
		}
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				// Each counts against the same phone and name: only as many as are allowed get as far as the tie.
				_, errs[i] = b.Bind(b.ctx, viewers[i], account.BindInput{Name: b.zhang.name, IDLast6: b.zhang.last6(), PhoneCode: codes[i]})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, "account.too_many_tries") {
				f := refused(b.t, err, "account.member_bound")
				if f.Details["ticket"] == "" {
					b.t.Fatal("no ticket")
				}
			}
		}
		equal(b.t, won, 1)
		equal(b.t, b.count("SELECT count(*) FROM account WHERE member_id = ?", b.zhang.member), 1)
		equal(b.t, b.count("SELECT count(*) FROM audit_entry WHERE action = 'account.bind'"), 1)
	})
}
