package demo

import "hongyun/model"

// write stores the courses and puts ids in the place of places.
func (d *drawer) write(tx model.Tx) error {
	courses, err := model.BulkFresh(tx, d.courses)
	if err != nil {
		return err
	}
	votes, err := model.BulkFresh(tx, d.votes)
	if err != nil {
		return err
	}
	for i := range d.steps {
		s := &d.steps[i]
		s.DevelopmentID = courses[s.DevelopmentID].ID
		if s.VoteID != nil {
			s.VoteID = &votes[*s.VoteID].ID
		}
	}
	for i := range d.sponsors {
		d.sponsors[i].DevelopmentID = courses[d.sponsors[i].DevelopmentID].ID
	}
	for i := range d.notices {
		d.notices[i].DevelopmentID = courses[d.notices[i].DevelopmentID].ID
	}
	if _, err := model.Bulk(tx, d.steps); err != nil {
		return err
	}
	if _, err := model.Bulk(tx, d.sponsors); err != nil {
		return err
	}
	if _, err := model.Bulk(tx, d.notices); err != nil {
		return err
	}
	return d.papers(tx)
}

// papers gives every step that was taken the papers that it asks for; all show one of the county's two photos. A meeting
// about full membership asks for two of those of the approval that follows it.
func (d *drawer) papers(tx model.Tx) error {
	_, err := model.Exec(tx, `INSERT INTO development_document (development_id, kind, step, file_id, account_id, at)
		SELECT s.development_id, p.kind, p.step, CASE WHEN p.step IN ('T3', 'T6', 'T0') THEN CAST(? AS bigint) ELSE CAST(? AS bigint) END, s.account_id, s.at
		FROM development_step s JOIN development_paper p ON p.step = s.code OR s.code = 'T8a' AND p.step = 'T8' AND p.kind IN ('转正申请书', '考察表')
		WHERE s.code <> 'T0' OR p.kind = CASE s.to_state WHEN '`+model.DevWithdrawn+`' THEN '书面说明' ELSE '支委会记录' END
		ORDER BY s.id, p.seq ON CONFLICT DO NOTHING`, d.second, d.photo)
	return err
}
