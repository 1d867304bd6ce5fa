package model

// DemoCast lists the persons of the synthetic county that the start page shows.
type DemoCast struct {
	PersonID string `gorm:"primaryKey"`
	Role     string
	Position int64
}
