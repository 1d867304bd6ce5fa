package sheet

import "hongyun/model"

// ParseDate reads a day as people write it.
func ParseDate(text string) (model.Date, error) { return "", nil }

// ParseDay is ParseDate that also tells whether only the month was given.
func ParseDay(text string) (day model.Date, monthOnly bool, err error) { return "", false, nil }
