package member

import (
	"hongyun/model"
	"hongyun/service/access"
)

// spanOn: the stretch of a member's history in which a day lies, which it takes twice.
const spanOn = "sp.from_on <= ? AND (sp.until_on IS NULL OR sp.until_on > ?)"

// fullThen: a full member on a day.
const fullThen = "(m.status = 'FULL' AND (m.full_on IS NULL OR m.full_on <= ?))"

// placed is the organisations in their places of a day, which it takes three times. One that has no history has always been
// where it is.
const placed = `(SELECT org_id, name, path FROM org_span WHERE from_on <= ? AND (until_on IS NULL OR until_on > ?)
UNION ALL SELECT id, name, path FROM org n WHERE (dissolved_on IS NULL OR dissolved_on > ?) AND NOT EXISTS (SELECT 1 FROM org_span x WHERE x.org_id = n.id))`

// placeOn is the path of an organisation on a day, empty if it was not there.
func placeOn(tx model.Tx, id int64, day model.Date) (string, error) {
	var path string
	err := tx.Raw("SELECT p.path FROM "+placed+" p WHERE p.org_id = ?", day, day, day, id).Scan(&path).Error
	return path, err
}

// under narrows to an organisation that v leads or administers, with all below it: where it stands, or, on a past day, as it
// stood then.
func (c *conditions) under(tx model.Tx, v access.Viewer, orgID int64) error {
	path, err := pathOf(tx, v, orgID)
	if err != nil || !c.past {
		c.and("o.path >= ? AND o.path < ?", path, model.PathEnd(path))
		return err
	}
	if path, err = placeOn(tx, orgID, c.day); err != nil {
		return err
	}
	c.where, c.args = nil, nil // what is out of sight now was in the organisation then
	if path == "" {
		c.and("1 = 0")
		return nil
	}
	c.and("o.id IN (SELECT p.org_id FROM "+placed+" p WHERE p.path >= ? AND p.path < ?)", c.day, c.day, c.day, path, model.PathEnd(path))
	return nil
}
