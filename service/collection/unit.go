package collection

import (
	"strconv"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// pathStep is how much longer a path gets one level down.
const pathStep = 3

// unit is a row of a report: an organisation directly below the one that is looked at, or that one itself for what lies
// directly in it.
type unit struct {
	ID          int64
	Name        string
	Type        string
	Path        string
	DissolvedOn *model.Date
}

// look is the organisation that a report is about: the one that is named, else the highest that the scope holds.
//
// Faults: not_found.
func look(tx model.Tx, within access.Scope, orgID int64) (unit, error) {
	where, args := within.Paths("path")
	if orgID != 0 {
		where, args = where+" AND id = ?", append(args, orgID)
	}
	var top unit
	err := tx.Raw("SELECT id, name, type, path, dissolved_on FROM org WHERE "+where+" ORDER BY length(path), path LIMIT 1", args...).Take(&top).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return top, err
}

// unitsOf is the organisation itself and what is directly below it, in the order of the tree. Of a unit the figures of its whole
// subtree are told, of the organisation itself only what lies in none of the others.
func unitsOf(tx model.Tx, top unit) ([]unit, error) {
	var units []unit
	err := tx.Raw("SELECT id, name, type, path, dissolved_on FROM org WHERE id = ? OR parent_id = ? ORDER BY path", top.ID, top.ID).Scan(&units).Error
	return units, err
}

// part is an SQL expression: the path of the unit of a top that a path belongs to.
func part(top unit, path string) string {
	return "substr(" + path + ", 1, " + strconv.Itoa(len(top.Path)+pathStep) + ")"
}

// subtree narrows a WHERE by a column of organisation ids, with its arguments. Under the city lies everything.
func subtree(top unit, column string) (string, []any) {
	if top.Type == model.OrgCity {
		return "", nil
	}
	return " AND " + column + " IN (SELECT id FROM org WHERE path >= ? AND path < ?)", []any{top.Path, model.PathEnd(top.Path)}
}

// shareBP is n of all in hundredths of a per cent, half up; nil of none.
func shareBP(n, all int64) *int64 {
	if all == 0 {
		return nil
	}
	bp := (n*10000 + all/2) / all
	return &bp
}
