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

	AuthorizationKind  string     // direct: own secret; component: authorised through the open platform
	RefreshTokenSealed string     // component: the authoriser's
	AuthorizedAt       *time.Time // component
	UnauthorizedAt     *time.Time // component: the unit has taken it back
	Permissions        string     // component: ids of the granted sets, comma-separated
	MenuSetAt          *time.Time
	Greeting           string // to new followers; empty: the usual one
}

// Kinds of official accounts.
const (
	AccountService      = "service"      // 服务号
	AccountSubscription = "subscription" // 订阅号
)

// How the platform may speak for an account.
const (
	AuthorizationDirect    = "direct"
	AuthorizationComponent = "component"
)
