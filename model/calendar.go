package model

// WorkdayOverride makes a date a day off or a working day against the week's rule.
type WorkdayOverride struct {
	Date        Date `gorm:"primaryKey"`
	Kind        string
	Name        string
	NoticeNo    string
	Provisional bool
}
