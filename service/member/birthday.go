package member

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/fact"
	"hongyun/service/notify"
)

// FactPoliticalBirthday counts once a member and year; it earns red energy (RULES 6).
const FactPoliticalBirthday = "political_birthday"

// KindPoliticalBirthday is the card. Its data: name, years, day (7月1日),
// date (of this year) and admitted_on, both as 2006年7月1日.
const KindPoliticalBirthday = "member.political_birthday"

// Kinds is the messages of this module.
func Kinds() []notify.Kind {
	return slices.Concat(transferKinds(), floatingKinds(), []notify.Kind{{Name: KindPoliticalBirthday, Title: "政治生日快乐，{name}同志", Page: "pages/index/index",
		Body: "{name}同志：今天是{day}，您的政治生日。{admitted_on}，您光荣加入中国共产党，至今已整整{years}年。" +
			"感谢您{years}年来的坚守与奉献！愿您不忘入党初心，永葆奋斗热情，身体健康，阖家幸福。党组织祝您政治生日快乐！"}})
}

// Greet sends the cards of a day and credits the red energy, in one
// transaction, and tells how many cards are new. Called again for the day, it
// sends and credits nothing twice.
func (s *Service) Greet(ctx context.Context, day model.Date) (cards int64, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if cards, err = s.sendCards(tx, day); err != nil {
			return fmt.Errorf("queue the cards of %s: %w", day, err)
		}
		return credit(tx, day)
	})
	return cards, err
}

func (s *Service) sendCards(tx model.Tx, day model.Date) (int64, error) {
	where, args := celebrating(day)
	data := tx.Dialect.JSONObject(
		"name", "m.name",
		"years", "CAST(CAST(? AS integer) - CAST(substr(m.admitted_on, 1, 4) AS integer) AS text)",
		"day", "CAST(? AS text)",
		"date", "CAST(? AS text)",
		"admitted_on", inWords("m.admitted_on"))
	values := []any{day.Year(), day.Time().Format("1月2日"), day.Time().Format("2006年1月2日")}
	return s.notify.QueueSelect(tx, KindPoliticalBirthday, strconv.Itoa(day.Year()),
		"SELECT '"+model.ToMember+"', m.id, "+data+", '' FROM member m WHERE "+where, append(values, args...)...)
}

func credit(tx model.Tx, day model.Date) error {
	where, args := celebrating(day)
	var facts []fact.Fact
	err := tx.Raw("SELECT m.id AS subject_id, m.org_id FROM member m WHERE "+where+" ORDER BY m.id", args...).Scan(&facts).Error
	if err != nil {
		return err
	}
	for i, f := range facts {
		facts[i] = fact.Fact{Code: FactPoliticalBirthday, SubjectType: model.SubjectMember, SubjectID: f.SubjectID, OrgID: f.OrgID,
			Day: day, Source: FactPoliticalBirthday + "/" + strconv.Itoa(day.Year()), Quantity: 1}
	}
	return fact.Record(tx, facts...)
}

// celebrating is the active members with an anniversary of at least one year
// on the day, approved by then (RULES 6: no greeting before approval, nor for
// the removed, suspended and dead). The days are looked up by their index.
func celebrating(day model.Date) (string, []any) {
	return "substr(m.admitted_on, 6, 5) IN ? AND m.admitted_on < ? AND m.standing = ? AND m.approved_on IS NOT NULL AND m.approved_on <= ?",
		[]any{calendar.AnniversaryDays(day), strconv.Itoa(day.Year()), model.StandingActive, day}
}

// inWords writes a date column as 2006年7月1日.
func inWords(column string) string {
	number := func(from, length int) string {
		return fmt.Sprintf("CAST(CAST(substr(%s, %d, %d) AS integer) AS text)", column, from, length)
	}
	return number(1, 4) + " || '年' || " + number(6, 2) + " || '月' || " + number(9, 2) + " || '日'"
}
