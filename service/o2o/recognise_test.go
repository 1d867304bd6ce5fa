package o2o

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/wechat/sandbox"
)

func TestRecognise(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := withSandbox(t, db, clock)
		c.addClinic()
		work := func() {
			t.Helper()
			for n := 1; n > 0; {
				var err error
				n, err = c.push.Work(ctx)
				must(t, err)
			}
		}
		contact := func() (row model.Contact) {
			t.Helper()
			must(t, db.Read(ctx).Where("appid = ?", clinic).Take(&row).Error)
			return row
		}
		account := c.signIn("li")
		must(t, db.Read(ctx).Model(&model.Account{}).Where("id = ?", account).Update("unionid", "o-of-li").Error)

		t.Run("where WeChat names no unionid a fan stays a stranger", func(t *testing.T) {
			c.door("people/li/follow", map[string]any{"appid": clinic})
			work()
			if row := contact(); row.UnionID != "" || row.AccountID != nil {
				t.Errorf("%+v", row)
			}
		})

		t.Run("a fan with the unionid of an account sees in the mini-program what he or she wrote to the official account", func(t *testing.T) {
			c.open.Store(true)
			must(t, db.Read(ctx).Model(&model.Account{}).Where("id = ?", account).Update("unionid", sandbox.UnionID("li")).Error)
			c.say("门诊大厅地面积水，老人容易滑倒")
			work()
			if row := contact(); row.UnionID != sandbox.UnionID("li") || row.AccountID == nil || *row.AccountID != account {
				t.Fatalf("%+v", row)
			}
			v, err := access.Load(db.Read(ctx), account)
			must(t, err)
			if list := c.list(v, Filter{Mine: true}); list.Total != 1 {
				t.Errorf("sees %d requests of his own", list.Total)
			}
		})

		t.Run("an account without the right to ask is no failure", func(t *testing.T) {
			c.door("faults", map[string]any{"api": "cgi-bin/user/info", "errcode": 48001, "times": 1})
			must(t, db.Read(ctx).Model(&model.Contact{}).Where("appid = ?", clinic).Updates(map[string]any{"unionid": "", "account_id": nil}).Error)
			c.say("补充：二楼也有积水")
			work()
			var open int64
			must(t, db.Read(ctx).Model(&model.Callback{}).Where("state <> ?", model.CallbackDone).Count(&open).Error)
			if open != 0 || contact().UnionID != "" || strings.Contains(c.log.String(), "level=ERROR") {
				t.Errorf("%d pushes are not done: %s", open, c.log)
			}
		})
	})
}
