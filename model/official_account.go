package model

import "time"

// OfficialAccount is a department's account at WeChat. Its secrets are sealed.
type OfficialAccount struct {
	ID           int64  `gorm:"primaryKey"`
	AppID        string `gorm:"column:appid"`
	Name         string
	DepartmentID int64
	Kind         string
	OriginalID   string `gorm:"column:original_id"`
	SecretSealed string
	TokenSealed  string
	AESKeySealed string
	CreatedBy    *int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Kinds of official accounts.
const (
	AccountService      = "service"      // 服务号
	AccountSubscription = "subscription" // 订阅号
)
