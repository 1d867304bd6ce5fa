package rule

import "context"

// LookupView is one row of a code list. Records keep the title.
type LookupView struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Band  string `json:"band"` // the coarser band of the yearly bulletin; empty where the list has none
}

// Lookup lists a code list in its order: what a form may offer. A list that does not exist has no rows.
func (s *Service) Lookup(ctx context.Context, list string) ([]LookupView, error) {
	rows := []LookupView{}
	err := s.db.Read(ctx).Raw("SELECT code, title, band FROM lookup WHERE list = ? ORDER BY seq", list).Scan(&rows).Error
	return rows, err
}
