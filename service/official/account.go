package official

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/unit"
	"hongyun/service/vault"
	"hongyun/wechat"
)

// Accounts reads the official accounts that the platform speaks for. It stands on its own because the WeChat client,
// which Service needs, asks it for credentials.
type Accounts struct {
	db    *model.DB
	vault *vault.Vault
}

// NewAccounts makes the reader.
func NewAccounts(db *model.DB, v *vault.Vault) *Accounts { return &Accounts{db: db, vault: v} }

// Credentials reads one account as it is now: an account that was added or changed a moment ago works at once, on every
// instance. An appid that is not there is wechat.ErrUnknownApp.
func (a *Accounts) Credentials(ctx context.Context, appid string) (wechat.App, error) {
	if !appIDForm.MatchString(appid) { // it may come from the address of a callback: Postgres takes not every byte
		return wechat.App{}, wechat.ErrUnknownApp
	}
	var row model.OfficialAccount
	err := a.db.Read(ctx).Where("appid = ?", appid).Take(&row).Error
	if model.NotFound(err) {
		return wechat.App{}, wechat.ErrUnknownApp
	}
	if err != nil {
		return wechat.App{}, err
	}
	return a.open(row)
}

// Apps reads every account.
func (a *Accounts) Apps(ctx context.Context) ([]wechat.App, error) {
	var rows []model.OfficialAccount
	if err := a.db.Read(ctx).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	apps := make([]wechat.App, len(rows))
	for i, row := range rows {
		var err error
		if apps[i], err = a.open(row); err != nil {
			return nil, err
		}
	}
	return apps, nil
}

func (a *Accounts) open(row model.OfficialAccount) (wechat.App, error) {
	app := wechat.App{AppID: row.AppID, OriginalID: row.OriginalID, Name: row.Name, Kind: wechat.Kind(row.Kind),
		Authorization: wechat.AuthorizationKind(row.AuthorizationKind)}
	if row.AuthorizationKind == model.AuthorizationComponent {
		return app, nil // our platform's keys serve it
	}
	for _, f := range []struct {
		sealed string
		into   *string
	}{{row.SecretSealed, &app.Secret}, {row.TokenSealed, &app.Token}, {row.AESKeySealed, &app.AESKey}} {
		var err error
		if *f.into, err = a.vault.Open(f.sealed); err != nil {
			return wechat.App{}, fmt.Errorf("open the secrets of official account %s: %w", row.AppID, err)
		}
	}
	return app, nil
}

// AccountInput is an official account as an administrator enters it. In an update, empty secrets stay as they
// are, and the appid may be left out but not changed. Of an account that is authorised through the open platform, WeChat says
// kind and original id; with all three secrets it becomes a direct one.
type AccountInput struct {
	AppID        string `json:"appid" label:"AppID"`
	Name         string `json:"name" validate:"required,text,max=60" label:"公众号名称"`
	DepartmentID int64  `json:"department_id" validate:"min=1" label:"所属单位"`
	Kind         string `json:"kind" validate:"oneof=service subscription" label:"公众号类型"`
	OriginalID   string `json:"original_id" label:"原始ID"`
	Secret       string `json:"secret" label:"AppSecret"`
	Token        string `json:"token" label:"令牌（Token）"`
	AESKey       string `json:"aes_key" label:"消息加解密密钥"`
	Greeting     string `json:"greeting" validate:"max=300" label:"关注时的问候语"` // empty: the usual one
}

// AccountView is an official account without its secrets.
type AccountView struct {
	ID             int64      `json:"id"`
	AppID          string     `json:"appid" gorm:"column:appid"`
	Name           string     `json:"name"`
	DepartmentID   int64      `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Kind           string     `json:"kind"`
	OriginalID     string     `json:"original_id" gorm:"column:original_id"`
	CallbackPath   string     `json:"callback_path" gorm:"-"` // to be entered at WeChat, behind the platform's address
	HasSecret      bool       `json:"has_secret"`
	Authorization  string     `json:"authorization" gorm:"column:authorization_kind"` // direct, component: through the open platform
	AuthorizedAt   *time.Time `json:"authorized_at"`
	UnauthorizedAt *time.Time `json:"unauthorized_at"` // the unit has taken it back: nothing is sent
	Permissions    string     `json:"permissions"`     // ids of WeChat's sets of interfaces, with commas
	MenuSetAt      *time.Time `json:"menu_set_at"`
	Greeting       string     `json:"greeting"`
	CreatedAt      time.Time  `json:"created_at"`
	UpdatedAt      time.Time  `json:"updated_at"`
}

// List reads all accounts, for the city's administrators.
func (s *Service) List(ctx context.Context, v access.Viewer) ([]AccountView, error) {
	if !v.CityAdmin() {
		return nil, fault.Forbidden()
	}
	return officialAccounts(s.db.Read(ctx), 0)
}

// Add enters a department's account. An appid that is there already is fault.Conflict
// "o2o.appid_exists".
func (s *Service) Add(ctx context.Context, v access.Viewer, in AccountInput) (view AccountView, err error) {
	if err := s.checkAccount(v, &in, true); err != nil {
		return view, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := unit.Open(tx, in.DepartmentID); err != nil {
			return err
		}
		row := model.OfficialAccount{AppID: in.AppID, Name: in.Name, DepartmentID: in.DepartmentID, Kind: in.Kind, OriginalID: in.OriginalID,
			SecretSealed: s.vault.Seal(in.Secret), TokenSealed: s.vault.Seal(in.Token), AESKeySealed: s.vault.Seal(in.AESKey),
			CreatedBy: &v.AccountID, CreatedAt: tx.Now, UpdatedAt: tx.Now, AuthorizationKind: model.AuthorizationDirect, Greeting: in.Greeting}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("o2o.appid_exists", "该 AppID 的公众号已经接入，请勿重复添加")
		}
		if view, err = officialAccount(tx, row.ID); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.add_official_account", ObjectType: "official_account", ObjectID: row.ID, After: view})
		return nil
	})
	return view, err
}

// Update changes an account; the new secrets count from the next call on.
func (s *Service) Update(ctx context.Context, v access.Viewer, id int64, in AccountInput) (view AccountView, err error) {
	if err := s.checkAccount(v, &in, false); err != nil {
		return view, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := officialAccount(tx, id)
		if err != nil {
			return err
		}
		if in.AppID != "" && in.AppID != before.AppID {
			return invalidField("appid", "AppID 不能修改，请另行添加公众号")
		}
		if err := unit.Open(tx, in.DepartmentID); err != nil {
			return err
		}
		changes, replaced := s.accountChanges(tx, in)
		if before.Authorization == model.AuthorizationComponent {
			if err := componentChanges(changes, len(replaced)); err != nil {
				return err
			}
		}
		if err := tx.Model(&model.OfficialAccount{}).Where("id = ?", id).Updates(changes).Error; err != nil {
			return err
		}
		if view, err = officialAccount(tx, id); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.update_official_account", ObjectType: "official_account", ObjectID: id,
			Before: before, After: map[string]any{"account": view, "replaced": replaced}})
		return nil
	})
	return view, err
}

// accountChanges also names which secrets are replaced.
func (s *Service) accountChanges(tx model.Tx, in AccountInput) (changes map[string]any, replaced []string) {
	changes = map[string]any{"name": in.Name, "department_id": in.DepartmentID, "kind": in.Kind, "original_id": in.OriginalID, "greeting": in.Greeting, "updated_at": tx.Now}
	for _, f := range []struct{ name, column, value string }{
		{"secret", "secret_sealed", in.Secret}, {"token", "token_sealed", in.Token}, {"aes_key", "aes_key_sealed", in.AESKey},
	} {
		if f.value != "" {
			changes[f.column] = s.vault.Seal(f.value)
			replaced = append(replaced, f.name)
		}
	}
	return changes, replaced
}

// componentChanges leaves to WeChat what it says itself of an account that is authorised through the open platform. With all of
// its own secrets the account stands on these from now on.
func componentChanges(changes map[string]any, secrets int) error {
	switch secrets {
	case 0:
		delete(changes, "kind")
		delete(changes, "original_id")
		return nil
	case 3:
		changes["authorization_kind"], changes["refresh_token_sealed"], changes["unauthorized_at"] = model.AuthorizationDirect, "", nil
		return nil
	}
	return invalidField("secret", "该公众号通过开放平台授权接入，不需要密钥；要改为密钥接入，请一并填写 AppSecret、令牌和消息加解密密钥")
}

var (
	appIDForm      = regexp.MustCompile(`^wx[0-9a-zA-Z]{16}$`)
	originalIDForm = regexp.MustCompile(`^gh_[0-9A-Za-z_]{1,40}$`)
	secretForm     = regexp.MustCompile(`^[!-~]{8,128}$`)
	tokenForm      = regexp.MustCompile(`^[0-9A-Za-z]{3,32}$`)
	aesKeyForm     = regexp.MustCompile(`^[0-9A-Za-z+/]{43}$`)
)

// checkAccount trims what was pasted and refuses what WeChat could not have given. No message repeats a value.
func (s *Service) checkAccount(v access.Viewer, in *AccountInput, isNew bool) error {
	if !v.CityAdmin() {
		return fault.Forbidden()
	}
	for _, f := range []*string{&in.AppID, &in.Name, &in.OriginalID, &in.Secret, &in.Token, &in.AESKey, &in.Greeting} {
		*f = strings.TrimSpace(*f)
	}
	switch {
	case (isNew || in.AppID != "") && !appIDForm.MatchString(in.AppID):
		return invalidField("appid", "AppID 须以 wx 开头，共 18 位字母或数字")
	case in.AppID == s.mpAppID && in.AppID != "":
		return invalidField("appid", "该 AppID 是本平台小程序的 AppID，不是公众号")
	case in.Name == "" || utf8.RuneCountInString(in.Name) > 60:
		return invalidField("name", "公众号名称须为 1 至 60 个字")
	case in.Kind != model.AccountService && in.Kind != model.AccountSubscription:
		return invalidField("kind", "公众号类型须为服务号（service）或订阅号（subscription）")
	case !originalIDForm.MatchString(in.OriginalID):
		return invalidField("original_id", "原始ID 须以 gh_ 开头，后接 1 至 40 位字母、数字或下划线")
	case (isNew || in.Secret != "") && !secretForm.MatchString(in.Secret):
		return invalidField("secret", "AppSecret 须为 8 至 128 位字母、数字或符号，不含空格")
	case (isNew || in.Token != "") && !tokenForm.MatchString(in.Token):
		return invalidField("token", "令牌（Token）须为 3 至 32 位字母或数字")
	case (isNew || in.AESKey != "") && !isAESKey(in.AESKey):
		return invalidField("aes_key", "消息加解密密钥（EncodingAESKey）须为 43 位字母或数字")
	}
	return nil
}

// isAESKey tells whether key stands for 32 bytes.
func isAESKey(key string) bool {
	if !aesKeyForm.MatchString(key) {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	return err == nil && len(raw) == 32
}

func invalidField(field, message string) error {
	return fault.Invalid("o2o.invalid_account", message).With("field", field)
}

func officialAccount(tx model.Tx, id int64) (AccountView, error) {
	rows, err := officialAccounts(tx, id)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("公众号")
	}
	if err != nil {
		return AccountView{}, err
	}
	return rows[0], nil
}

// officialAccounts reads one account, or with id 0 all.
func officialAccounts(tx model.Tx, id int64) ([]AccountView, error) {
	var rows []AccountView
	err := tx.Raw(`
		SELECT a.id, a.appid, a.name, a.department_id, d.name AS department_name, a.kind, a.original_id,
		       a.secret_sealed <> '' AS has_secret, a.authorization_kind,
		       a.authorized_at, a.unauthorized_at, a.permissions, a.menu_set_at, a.greeting, a.created_at, a.updated_at
		FROM official_account a JOIN department d ON d.id = a.department_id
		WHERE CAST(? AS bigint) = 0 OR a.id = ? ORDER BY a.id`, id, id).Scan(&rows).Error
	for i := range rows {
		rows[i].CallbackPath = "/wechat/oa/" + rows[i].AppID
		if rows[i].Authorization == model.AuthorizationComponent {
			rows[i].CallbackPath = "/wechat/open/" + rows[i].AppID
		}
	}
	return rows, err
}
