package model

// RuleValue is a single number of the rule book, in force from a day on.
type RuleValue struct {
	ID            int64  `gorm:"primaryKey"`
	Family        string // org, member, development, sheet
	Code          string
	Variant       string // a kind or type that the number is for; empty: every other
	Value         int64
	RuleSet       string // the regulation's edition: DEV2014, DEV2026
	EffectiveFrom Date
	Clause        string
}

// Lookup is a row of a code list; other tables keep its title.
type Lookup struct {
	List  string
	Code  string
	Title string
	Seq   int64
	Band  string // the coarser band of the yearly bulletin (RULES 8)
}

// Band is a range of the yearly bulletin; both ends belong to it (RULES 8).
type Band struct {
	Dimension string
	Seq       int64
	Title     string
	Least     string // empty: open
	Most      string
}

// Families of rule values, and the dimensions that have bands.
const (
	RulesOrg         = "org"
	RulesMember      = "member"
	RulesDevelopment = "development"
	RulesSheet       = "sheet"
	RulesDues        = "dues"
	RulesO2O         = "o2o"

	BandAge    = "AGE"
	BandJoined = "JOINED"
)

// Code lists.
const (
	ListEthnicGroup  = "ethnic_group"
	ListEducation    = "education"
	ListDegree       = "degree"
	ListOccupation   = "occupation"
	ListOrgKind      = "org_kind"
	ListOrgPost      = "org_post"
	ListDuesUse      = "dues_use"
	ListCourtesyWord = "courtesy_word" // what a citizen writes that asks for nothing
)
