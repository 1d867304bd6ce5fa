package demo

import (
	"time"

	"hongyun/model"
	"hongyun/service/apikey"
	"hongyun/service/rates"
	"hongyun/service/schedule"
	"hongyun/service/supervision"
)

// callBack writes down what the citizen said on the phone about the tale's closing.
func (t *tale) callBack(after time.Duration, in supervision.ResultInput) error {
	var id int64
	if err := t.o.DB.Read(t.ctx).Raw("SELECT id FROM request_revisit WHERE request_id = ? AND state = ?", t.id, model.RevisitWaiting).Scan(&id).Error; err != nil {
		return err
	}
	return t.steps(after, func() error { _, err := t.past.Supervision.RecordResult(t.ctx, t.desk, id, in); return err })
}

func falseClosing(t *tale) error {
	no := false
	return chain(func() error { return t.handled(10) }, func() error { return t.close(2*day, "已处理完毕。") },
		func() error {
			return t.callBack(3*day, supervision.ResultInput{Reached: true, Solved: &no, Satisfied: &no, FalseClosing: true, Note: "群众反映无人到过现场"})
		},
		func() error {
			return t.steps(3*day+time.Hour, func() error {
				_, err := t.past.O2O.SendBack(t.ctx, t.desk, t.id, "回访发现未实际处理，退回重新办理")
				return err
			})
		},
		func() error {
			var id int64
			if err := t.o.DB.Read(t.ctx).Raw("SELECT id FROM accountability WHERE request_id = ?", t.id).Scan(&id).Error; err != nil {
				return err
			}
			return t.steps(4*day, func() error {
				_, err := t.past.Supervision.Decide(t.ctx, t.admin, id, supervision.DecideInput{Measure: model.MeasureInterview, Note: "约谈分管负责人，责令限期整改"})
				return err
			})
		})
}

func late(t *tale) error { return t.handled(11) }

func veryLate(t *tale) error {
	return chain(func() error { return t.handled(18) }, func() error {
		return t.steps(17*day, func() error {
			_, err := t.past.Supervision.Propose(t.ctx, t.desk, supervision.ProposeInput{RequestID: t.id, Kind: model.AccountOverdue, Reason: "超期多日未办结，两次督办未回复"})
			return err
		})
	})
}

// exclude has the unit propose that the tale's request shall not count.
func (t *tale) exclude(after time.Duration) (id int64, err error) {
	err = t.steps(after, func() error {
		x, err := t.past.Supervision.ProposeExclusion(t.ctx, t.handler, t.id, supervision.ReasonInput{Reason: "所提要求没有法律依据，已多次书面解释"})
		id = x.ID
		return err
	})
	return id, err
}

func excluded(t *tale) error {
	if err := chain(func() error { return t.handled(13) }, func() error { return t.close(4*day, "已书面答复法律依据和办理意见。") },
		func() error { return t.rate(5*day, 1, false, "不接受") }); err != nil {
		return err
	}
	id, err := t.exclude(6 * day)
	if err != nil {
		return err
	}
	return t.steps(7*day, func() error {
		_, err := t.past.Supervision.ConfirmExclusion(t.ctx, t.admin, id, supervision.NoteInput{Note: "情况属实，同意剔除"})
		return err
	})
}

func exclusionProposed(t *tale) error {
	if err := t.handled(6); err != nil {
		return err
	}
	_, err := t.exclude(3 * day)
	return err
}

func foreign(t *tale) error {
	t.began = model.DateOf(t.now).AddDays(-7).Time().Add(11 * time.Hour)
	return t.on(0, func() error {
		made, err := t.past.Keys.Make(t.ctx, t.admin, apikey.Input{Name: "数字城管系统", DepartmentID: t.unit})
		if err != nil {
			return err
		}
		_, err = t.past.O2O.SubmitForeign(t.ctx, made.ID, t.input(), "SZCG-20261116-0042")
		return err
	})
}

func marked(t *tale) error {
	t.began = model.DateOf(t.now).Month().First().Time().Add(9 * time.Hour)
	for _, m := range []struct {
		kind, reason string
		points       int64
		confirmed    bool
	}{{model.MarkReward, "首创“马上办”窗口，群众来信感谢", 100, true}, {model.MarkCorrection, "督查发现台账缺失，责令整改", -50, true}, {model.MarkInspection, "作风督查通报工作纪律问题", -30, false}} {
		if err := t.on(time.Hour, func() error {
			row, err := t.past.Supervision.RecordMark(t.ctx, t.desk, supervision.MarkInput{DepartmentID: t.unit, Kind: m.kind, Points: m.points, Day: model.DateOf(t.began), Reason: m.reason})
			if err != nil || !m.confirmed {
				return err
			}
			_, err = t.past.Supervision.ConfirmMark(t.ctx, t.admin, row.ID, supervision.NoteInput{})
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// calledBack writes down call-backs of half of what has been closed, one of them in vain.
func calledBack(t *tale) error {
	t.began = t.now.Add(-2 * time.Hour)
	var ids []int64
	err := t.o.DB.Read(t.ctx).Raw(`SELECT v.id FROM request_revisit v JOIN request r ON r.id = v.request_id WHERE v.state = ? AND v.id % 2 = 0 AND r.state IN ('RATED', 'UNRATED')
		ORDER BY v.id LIMIT 20`, model.RevisitWaiting).Scan(&ids).Error
	if err != nil {
		return err
	}
	yes := true
	for i, id := range ids {
		in := supervision.ResultInput{Reached: true, Solved: &yes, Satisfied: &yes, Note: "群众表示问题已解决"}
		if i == 0 {
			in = supervision.ResultInput{Note: "电话无人接听"}
		}
		if err := t.on(time.Duration(i)*time.Minute, func() error { _, err := t.past.Supervision.RecordResult(t.ctx, t.desk, id, in); return err }); err != nil {
			return err
		}
	}
	return nil
}

// released lets everybody read some closed requests.
func released(t *tale) error {
	t.began = t.now.Add(-time.Hour)
	var rows []struct {
		ID      int64
		Content string
	}
	err := t.o.DB.Read(t.ctx).Raw(`SELECT id, content FROM request WHERE state = ? AND NOT anonymous AND NOT confidential AND rating >= 4 ORDER BY id LIMIT 6`,
		model.RequestRated).Scan(&rows).Error
	if err != nil {
		return err
	}
	for i, r := range rows {
		title := []rune(r.Content)
		in := rates.ReleaseInput{Title: "关于“" + string(title[:min(12, len(title))]) + "”的答复", Content: r.Content, Answer: "承办单位已现场核实并处理完毕，群众表示满意。"}
		if err := t.on(time.Duration(i)*time.Minute, func() error { _, err := t.past.Rates.Release(t.ctx, t.desk, r.ID, in); return err }); err != nil {
			return err
		}
	}
	return nil
}

// warned is the warnings of the last mornings.
func warned(t *tale) error {
	for ago := 3; ago >= 0; ago-- {
		t.began = model.DateOf(t.now).AddDays(-ago).Time().Add(8*time.Hour + 30*time.Minute)
		if t.began.After(t.now) {
			continue
		}
		if err := t.on(0, func() error { _, err := t.past.Supervision.Warn(t.ctx); return err }); err != nil {
			return err
		}
	}
	return nil
}

// settled closes the months that are over, each on its day.
func settled(t *tale) error {
	for _, month := range []model.Month{model.DateOf(t.now).Month().Add(-2), model.DateOf(t.now).Month().Add(-1)} {
		on := month.Add(1).First().AddDays(9)
		if on > model.DateOf(t.now) {
			break
		}
		t.began = on.Time().Add(6 * time.Hour)
		for _, job := range t.past.Rates.Jobs() {
			if err := t.on(0, func() error {
				_, err := job.Run(t.ctx, schedule.Run{Period: string(on.Month()), Day: on})
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}
