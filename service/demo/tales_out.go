package demo

import (
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/official"
	"hongyun/service/team"
)

// teams makes two service teams of party members and has them go out for three requests.
func teams(t *tale) error {
	var people []struct{ AccountID, MemberID, OrgID int64 }
	err := t.o.DB.Read(t.ctx).Raw(`SELECT min(a.id) AS account_id, m.id AS member_id, m.org_id FROM account a JOIN member m ON m.id = a.member_id JOIN org o ON o.id = m.org_id AND o.type = ?
		WHERE m.standing = ? AND NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = m.id AND g.department_id IS NOT NULL) GROUP BY m.id, m.org_id ORDER BY m.id LIMIT 6`,
		model.OrgBranch, model.StandingActive).Scan(&people).Error
	if err != nil || len(people) < 6 {
		return err
	}
	var made [2]team.View
	var leaders [2]access.Viewer
	t.began = model.DateOf(t.now).AddDays(-6).Time().Add(9 * time.Hour)
	for i, in := range []team.Input{
		{Name: "水电维修党员服务队", Phone: "0793-8201001", Note: "工作日八点到十八点", Skills: []string{"REPAIR", "CARE"}, Areas: []string{"城东", "城西"}},
		{Name: "法律调解党员服务队", Phone: "0793-8201002", Note: "预约上门", Skills: []string{"LEGAL", "MEDIATION", "POLICY"}},
	} {
		own := people[3*i : 3*i+3]
		in.OrgID, in.LeaderID = own[0].OrgID, &own[0].MemberID
		for _, p := range own {
			in.MemberIDs = append(in.MemberIDs, p.MemberID)
		}
		if err := t.on(0, func() (err error) {
			if made[i], err = t.past.Team.Add(t.ctx, t.admin, in); err != nil {
				return err
			}
			if leaders[i], err = access.Load(t.o.DB.Read(t.ctx), own[0].AccountID); err != nil {
				return err
			}
			for d := range 14 {
				if _, err = t.past.Team.SetDuty(t.ctx, t.admin, made[i].ID, model.DateOf(t.began).AddDays(d), []int64{own[d%3].MemberID}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return chain(func() error { return t.order(leaders[0], true) }, func() error { return t.order(leaders[0], false) }, func() error {
		t.about += len(complaints) / 2
		return t.waitingOrder()
	})
}

// order asks for a visit that the repair team claims; done: it has been there and the citizen has confirmed it.
func (t *tale) order(leader access.Viewer, done bool) error {
	if err := t.handled(5); err != nil {
		return err
	}
	var order team.Order
	return t.steps(2*day, func() (err error) {
		order, err = t.past.Team.Ask(t.ctx, t.handler, t.id, team.NewOrder{What: "上门检查线路并更换损坏的开关", Skill: "REPAIR", Area: "城东", Due: model.DateOf(t.now).AddDays(2)})
		return err
	}, func() error { _, err := t.past.Team.Claim(t.ctx, leader, order.ID, 0); return err }, func() error {
		if !done {
			return nil
		}
		_, err := t.past.Team.Visit(t.ctx, leader, order.ID, team.Visited{Note: "已更换开关两个，清理线路，用电恢复正常"})
		return err
	}, func() error {
		if !done {
			return nil
		}
		_, err := t.past.Team.Confirm(t.ctx, t.citizen, order.ID, "师傅很快就来了")
		return err
	})
}

// waitingOrder asks for what no team has claimed yet.
func (t *tale) waitingOrder() error {
	return chain(func() error { return t.handled(2) }, func() error {
		return t.steps(day+3*time.Hour, func() error {
			_, err := t.past.Team.Ask(t.ctx, t.handler, t.id, team.NewOrder{What: "上门调解邻里漏水纠纷", Skill: "MEDIATION", Due: model.DateOf(t.now).AddDays(3)})
			return err
		})
	})
}

// conversed puts questions that are no requests into the conversations of two accounts; one is answered.
func conversed(t *tale) error {
	var contacts []int64
	err := t.o.DB.Read(t.ctx).Raw("SELECT c.id FROM contact c JOIN official_account a ON a.appid = c.appid WHERE c.follows AND c.account_id IS NULL ORDER BY c.id LIMIT 3").Scan(&contacts).Error
	if err != nil {
		return err
	}
	t.began = t.now.Add(-5 * time.Hour)
	for i, text := range []string{"请问你们窗口周末上班吗？", "办身份证要带户口本吗？", "谢谢"} {
		if i == len(contacts) {
			break
		}
		if err := t.on(time.Duration(i)*time.Hour, func() error {
			if err := t.writes(contacts[i], text, i == 2); err != nil {
				return err
			}
			if i != 0 {
				return nil
			}
			_, err := t.past.Official.Answer(t.ctx, t.desk, contacts[i], official.AnswerInput{Content: "您好，周六上午九点到十二点上班，周日休息。"}, "demo")
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// writes adds a message to a conversation, as the push of it would, and opens the account's window.
func (t *tale) writes(contact int64, text string, courtesy bool) error {
	return t.o.DB.At(t.c.now).Tx(t.ctx, func(tx model.Tx) error {
		row := model.ContactMessage{ContactID: contact, Direction: model.DirectionIn, Type: model.PartText, Content: text, Courtesy: courtesy, CreatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Model(&model.Contact{}).Where("id = ?", contact).Updates(map[string]any{"window_until": tx.Now.Add(2 * day), "window_left": 5}).Error
	})
}
