package demo

import (
	"time"

	"hongyun/model"
	"hongyun/service/o2o"
)

func confidential(t *tale) error {
	var subject int64
	err := t.o.DB.Read(t.ctx).Raw("SELECT min(id) FROM department WHERE id <> ?", t.unit).Scan(&subject).Error
	if err != nil {
		return err
	}
	if err := t.begin(4, func(in *o2o.SubmitInput) {
		in.Category, in.Confidential, in.SubjectDepartmentID = model.CategoryComplaint, true, &subject
		in.Content = "窗口工作人员多次让我改天再来，一份材料跑了四趟，请核实处理，不要透露我的姓名。"
	}); err != nil {
		return err
	}
	if err := t.steps(30*time.Minute, func() error {
		said := "窗口一次性告知不到位，群众为一份材料多次往返，请核实服务规范执行情况。"
		_, err := t.past.O2O.Classify(t.ctx, t.desk, t.id, o2o.Classification{UnitContent: &said, Note: "隐去可能识别本人的内容"})
		return err
	}); err != nil {
		return err
	}
	if err := t.refer(); err != nil {
		return err
	}
	return t.handle()
}

func anonymous(t *tale) error {
	if err := t.begin(24, func(in *o2o.SubmitInput) { in.Anonymous, in.ReplyWanted = true, false }); err != nil {
		return err
	}
	return chain(t.refer, t.handle, func() error { return t.close(4*day, "已上门核实并要求整改，后续持续跟踪。") },
		func() error { return t.rate(5*day, 3, false, "处理了，但过几天又出现") })
}

func fromTheWeb(t *tale) error {
	for i, name := range []string{"吴女士", "程先生"} {
		t.began = model.DateOf(t.now).AddDays(-1 - i).Time().Add(15 * time.Hour)
		if err := t.on(0, func() error {
			in := t.input()
			in.Name, in.Phone = name, "1390793000"+string(rune('1'+i))
			_, err := t.past.O2O.SubmitPublic(t.ctx, "10.0.0.1", in, "")
			return err
		}); err != nil {
			return err
		}
		t.about++
	}
	return nil
}

func answeredCall(t *tale) error {
	t.began = model.DateOf(t.now).AddDays(-12).Time().Add(9 * time.Hour)
	if err := t.on(0, func() error {
		in := t.input()
		in.Name, in.Phone = "徐大爷", "13907930010"
		d, err := t.past.O2O.WriteDown(t.ctx, t.desk, in, "")
		t.id = d.ID
		return err
	}); err != nil {
		return err
	}
	return t.steps(20*time.Minute, t.accept(model.DispositionAnswer), func() error {
		_, err := t.past.O2O.Answer(t.ctx, t.desk, t.id, "断缴期间可以按年补缴，请带身份证到户籍所在地社保窗口办理，也可在线上缴费。")
		return err
	})
}

func solvedAtOnce(t *tale) error {
	var helper int64
	if err := t.o.DB.Read(t.ctx).Raw("SELECT id FROM department WHERE name = ?", "市城市管理局").Scan(&helper).Error; err != nil {
		return err
	}
	if err := t.begin(3, nil); err != nil {
		return err
	}
	return t.steps(time.Hour, t.accept(model.DispositionSolve),
		func() error {
			_, err := t.past.O2O.AskHelp(t.ctx, t.desk, t.id, o2o.HelpInput{DepartmentID: helper, Part: "请派人到现场清理并拍照反馈"})
			return err
		})
}

func merged(t *tale) error {
	if err := t.begin(15, nil); err != nil {
		return err
	}
	main := t.id
	if err := t.on(2*time.Hour, func() error {
		in := t.input()
		in.Content = "同一件事也影响我家：" + in.Content
		d, err := t.past.O2O.Submit(t.ctx, t.neighbour, in, "")
		if err != nil {
			return err
		}
		_, err = t.past.O2O.Merge(t.ctx, t.desk, d.ID, main, "同一地点、同一事项")
		return err
	}); err != nil {
		return err
	}
	return chain(func() error {
		return t.steps(3*time.Hour, t.accept(""), func() error { _, err := t.past.O2O.Refer(t.ctx, t.desk, t.id, t.unit, ""); return err })
	},
		t.handle, func() error { return t.close(5*day, "两户共同反映的问题已一并解决。") }, func() error { return t.rate(6*day, 5, true, "两家都满意") })
}

// giveBack returns it with a legal ground and has the window find another unit, or the city assign this one.
func (t *tale) giveBack(after time.Duration) error {
	return t.steps(after, func() error {
		_, err := t.past.O2O.Return(t.ctx, t.handler, t.id, "依据《江西省城市管理条例》规定的职责分工，该事项不属于本单位职责范围")
		return err
	})
}

func returnedOnce(t *tale) error {
	if err := chain(func() error { return t.begin(2, nil) }, t.refer); err != nil {
		return err
	}
	return t.giveBack(5 * time.Hour)
}

func returnedTwice(t *tale) error {
	return chain(func() error { return t.begin(9, nil) }, t.refer, func() error { return t.giveBack(5 * time.Hour) },
		func() error {
			return t.steps(day, func() error {
				_, err := t.past.O2O.Refer(t.ctx, t.desk, t.id, t.unit, "经核对职责清单，仍由贵单位办理")
				return err
			})
		},
		func() error { return t.giveBack(day + 3*time.Hour) },
		func() error {
			return t.steps(2*day, func() error {
				_, err := t.past.O2O.Assign(t.ctx, t.admin, t.id, t.unit, "经市级研究，指定由贵单位牵头办理，不再退回")
				return err
			})
		})
}

func (t *tale) askExtension() error {
	return t.steps(2*day, func() error {
		_, err := t.past.O2O.AskExtension(t.ctx, t.handler, t.id, 3, "配件需要从外地调货，预计三天到货")
		return err
	})
}

func extensionGranted(t *tale) error {
	return chain(func() error { return t.handled(5) }, t.askExtension, func() error {
		return t.steps(2*day+time.Hour, func() error {
			_, err := t.past.O2O.GrantExtension(t.ctx, t.desk, t.id, 3, "情况属实，同意延期")
			return err
		})
	})
}

func extensionRefused(t *tale) error {
	return chain(func() error { return t.handled(4) }, t.askExtension, func() error {
		return t.steps(2*day+time.Hour, func() error {
			_, err := t.past.O2O.RefuseExtension(t.ctx, t.desk, t.id, "本市有备件，请协调调用后按期办结")
			return err
		})
	})
}

func extensionAsked(t *tale) error {
	return chain(func() error { return t.handled(3) }, t.askExtension)
}

func (t *tale) pause(after time.Duration) error {
	return t.steps(after, func() error {
		_, err := t.past.O2O.Pause(t.ctx, t.handler, t.id, "APPRAISAL", "水样已送检，等待检测报告")
		return err
	})
}

func paused(t *tale) error {
	return chain(func() error { return t.handled(3) }, func() error { return t.pause(day + 2*time.Hour) })
}

func resumed(t *tale) error {
	return chain(func() error { return t.handled(8) }, func() error { return t.pause(day + 2*time.Hour) }, func() error {
		return t.steps(4*day, func() error { _, err := t.past.O2O.Resume(t.ctx, t.handler, t.id, "检测报告已出"); return err })
	})
}

func reopened(t *tale) error {
	return chain(func() error { return t.handled(16) }, func() error { return t.close(3*day, "已督促施工方调整作业时间。") },
		func() error { return t.rate(4*day, 2, false, "晚上还在施工") }, func() error {
			return t.steps(4*day+time.Hour, func() error {
				_, err := t.past.O2O.Reopen(t.ctx, t.citizen, t.id, o2o.ReopenInput{Reason: "昨晚十一点仍在施工，请再处理"})
				return err
			})
		}, func() error {
			return t.steps(5*day, func() error {
				_, err := t.past.O2O.Rework(t.ctx, t.leader, t.id, "由负责人牵头，联合夜间巡查")
				return err
			}, func() error {
				_, err := t.past.O2O.Close(t.ctx, t.leader, t.id, "已连续三晚巡查，施工方停止夜间作业。")
				return err
			})
		}, func() error { return t.rate(6*day, 4, true, "现在安静了") })
}

func chased(t *tale) error {
	high := int64(5)
	return chain(func() error { return t.handled(4) }, func() error {
		return t.steps(2*day, func() error {
			_, err := t.past.O2O.Chase(t.ctx, t.citizen, t.id, "已经两天了，请问有进展吗")
			return err
		},
			func() error {
				_, err := t.past.O2O.Classify(t.ctx, t.desk, t.id, o2o.Classification{Priority: &high, Note: "群众催办，优先办理"})
				return err
			})
	})
}

// chain does what leads on until something fails.
func chain(all ...func() error) error {
	for _, do := range all {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
