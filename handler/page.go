package handler

// page is the part of a long list that is asked for: ?page=2&size=50.
type page struct {
	Page int `query:"page" validate:"min=0,max=100000" label:"页码"`
	Size int `query:"size" validate:"min=0,max=1000" label:"每页条数"`
}

// rows is the first row and the number of rows; usual is the size if none was asked for.
func (p page) rows(usual int) (offset, limit int) {
	if p.Size == 0 {
		p.Size = usual
	}
	return (max(p.Page, 1) - 1) * p.Size, p.Size
}

// paged is a part of a list with the number of all rows. It never answers null.
func paged[T any](rows []T, total int64, err error) (list[T], error) {
	if rows == nil {
		rows = []T{}
	}
	return list[T]{Items: rows, Total: total}, err
}
