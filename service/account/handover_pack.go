package account

import (
	"hongyun/model"
)

// packRows is how many names a list of the pack holds; its total counts all.
const packRows = 200

// Pack is what a successor takes over, as it stood when the hand-over was opened: of the organisation and all below it.
type Pack struct {
	Day         model.Date             `json:"day"`
	Org         PackOrg                `json:"org"`
	Members     PackMembers            `json:"members"`
	Unbound     PackList[PackMember]   `json:"unbound"`  // active members without an account
	NoPhone     PackList[PackMember]   `json:"no_phone"` // active members whose phone is not known
	ThemeDay    PackThemeDay           `json:"theme_day"`
	Dues        PackDues               `json:"dues"`
	Development PackList[PackCourse]   `json:"development"` // open courses, those with the nearest deadline first
	Transfers   PackList[PackTransfer] `json:"transfers"`   // open ones, in and out
	Floating    PackList[PackStay]     `json:"floating"`
	Standard    PackStandard           `json:"standard"` // of the organisation itself
	Leadership  PackLeadership         `json:"leadership"`
	Groups      PackList[PackGroup]    `json:"groups"`
	Rebinds     PackList[PackRebind]   `json:"rebinds"` // requests that wait for an administrator
}

// PackList is the first rows of a list and how many it has.
type PackList[T any] struct {
	Items []T   `json:"items"`
	Total int64 `json:"total"`
}

// PackOrg is the organisation's card.
type PackOrg struct {
	ID           int64       `json:"id"`
	Type         string      `json:"type"`
	Name         string      `json:"name"`
	Parent       string      `json:"parent"`
	OfficialCode string      `json:"official_code"`
	Kind         string      `json:"kind"`
	Address      string      `json:"address"`
	Phone        string      `json:"phone"`
	FoundedOn    *model.Date `json:"founded_on"`
	Below        int64       `json:"below"`  // organisations below
	Admins       int64       `json:"admins"` // administrators of the organisation itself, the predecessor among them
}

// PackMembers counts members on the roster.
type PackMembers struct {
	Total        int64 `json:"total"`
	Full         int64 `json:"full"`
	Probationary int64 `json:"probationary"`
	Suspended    int64 `json:"suspended"`
}

// PackMember is a member by name.
type PackMember struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	OrgName string `json:"org_name"`
}

// PackThemeDay is the present month's theme days.
type PackThemeDay struct {
	Month    model.Month `json:"month"`
	Branches int64       `json:"branches"`
	Done     int64       `json:"done"`
	Drafts   int64       `json:"drafts"` // begun, not completed
}

// PackDues is the present month's dues, and what is unpaid of the months before.
type PackDues struct {
	Month     model.Month `json:"month"`
	Bills     int64       `json:"bills"`
	Unpaid    int64       `json:"unpaid"`
	UnpaidFen int64       `json:"unpaid_fen"`
	Arrears   int64       `json:"arrears"` // unpaid bills of earlier months
}

// PackCourse is an open course of development with its next deadline.
type PackCourse struct {
	ID       int64      `json:"id"`
	Name     string     `json:"name"`
	OrgName  string     `json:"org_name"`
	State    string     `json:"state"`
	NextCode string     `json:"next_code"` // empty: no deadline runs
	NextDue  model.Date `json:"next_due"`
}

// PackTransfer is an open transfer of affiliation.
type PackTransfer struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	From   string `json:"from"`
	To     string `json:"to"`
	Reason string `json:"reason"`
}

// PackStay is a floating member's stay.
type PackStay struct {
	ID     int64      `json:"id"`
	Name   string     `json:"name"`
	Home   string     `json:"home"`
	Host   string     `json:"host"`
	State  string     `json:"state"`
	LeftOn model.Date `json:"left_on"`
}

// PackStandard is how far standardisation has come.
type PackStandard struct {
	Items     int64 `json:"items"`
	Approved  int64 `json:"approved"`
	Submitted int64 `json:"submitted"` // wait for review
	Returned  int64 `json:"returned"`
}

// PackLeadership is who leads the organisation, and until when.
type PackLeadership struct {
	Number int64      `json:"number"`  // 0: no election is recorded
	EndsOn model.Date `json:"ends_on"` // with its postponement
	Posts  []PackPost `json:"posts"`
}

// PackPost is a post that is held.
type PackPost struct {
	Title string `json:"title"`
	Name  string `json:"name"`
}

// PackGroup is a party group.
type PackGroup struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	OrgName string `json:"org_name"`
	Leader  string `json:"leader"`
	Members int64  `json:"members"`
}

// PackRebind is a request to tie a member to another account.
type PackRebind struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// packOf reads the pack of an organisation through the tables of the modules.
func packOf(tx model.Tx, o model.Org) (Pack, error) {
	p := Pack{Day: tx.Day(), ThemeDay: PackThemeDay{Month: tx.Day().Month()}, Dues: PackDues{Month: tx.Day().Month()}}
	var err error
	for _, step := range []func() error{
		func() error { return packCounts(tx, o, &p) },
		func() error { p.Unbound, err = packed[PackMember](tx, o, unboundMembers); return err },
		func() error { p.NoPhone, err = packed[PackMember](tx, o, noPhoneMembers); return err },
		func() error { p.Development, err = packed[PackCourse](tx, o, openCourses); return err },
		func() error { p.Transfers, err = packed[PackTransfer](tx, o, openTransfers); return err },
		func() error { p.Floating, err = packed[PackStay](tx, o, openStays); return err },
		func() error { p.Groups, err = packed[PackGroup](tx, o, openGroups); return err },
		func() error { p.Rebinds, err = packed[PackRebind](tx, o, openRebinds); return err },
		func() error { return packLeadership(tx, o, &p.Leadership) },
	} {
		if err := step(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// packed reads the first rows of a list and counts them all. The list's condition is on the path of the organisation,
// twice where both ends of something may lie in the subtree.
func packed[T any](tx model.Tx, o model.Org, list packQuery) (PackList[T], error) {
	args := []any{o.Path, model.PathEnd(o.Path)}
	if list.both {
		args = append(args, args...)
	}
	out := PackList[T]{Items: []T{}}
	if err := tx.Raw("SELECT count(*) FROM "+list.from, args...).Scan(&out.Total).Error; err != nil {
		return out, err
	}
	err := tx.Raw("SELECT "+list.columns+" FROM "+list.from+" ORDER BY "+list.order+" LIMIT ?", append(args, packRows)...).Scan(&out.Items).Error
	return out, err
}
