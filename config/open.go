package config

import (
	"errors"
	"fmt"
	"strings"
)

// OpenOff as the appid turns authorisation through the open platform off.
const OpenOff = "off"

// OpenPlatform is the third-party platform through which departments authorise their accounts. A zero one is none.
type OpenPlatform struct{ AppID, Secret, Token, AESKey string }

// Open is the third-party platform of the settings. With none set, the sandbox has one of its own, and real WeChat none.
func (c Config) Open() OpenPlatform {
	switch {
	case c.OpenAppID == OpenOff:
		return OpenPlatform{}
	case c.OpenAppID != "":
		return OpenPlatform{AppID: c.OpenAppID, Secret: c.OpenSecret, Token: c.OpenToken, AESKey: c.OpenAESKey}
	case c.WeChat == Sandbox:
		return sandboxPlatform()
	default:
		return OpenPlatform{}
	}
}

func sandboxPlatform() OpenPlatform {
	return OpenPlatform{AppID: "wxd0000000000000f1", Secret: "sandbox-secret-sandbox-secret-99", Token: "sandboxopentoken",
		AESKey: "c2FuZGJveC1vcGVuLWtleS1vZi1ob25neXVuLTAwMDA"}
}

// openFaults finds half a platform, which would take authorisations and lose the tickets.
func (c Config) openFaults() []error {
	var missing []string
	given := 0
	for _, part := range []struct{ name, text string }{
		{"OPEN_SECRET", c.OpenSecret}, {"OPEN_TOKEN", c.OpenToken}, {"OPEN_AES_KEY", c.OpenAESKey},
	} {
		if part.text == "" {
			missing = append(missing, Prefix+part.name)
		} else {
			given++
		}
	}
	var out []error
	switch c.OpenAppID {
	case OpenOff:
		return nil
	case "":
		if given > 0 {
			out = append(out, errors.New(Prefix+"OPEN_APPID is empty, but other settings of the third-party platform are not: set all or none"))
		}
		return out
	}
	if len(missing) > 0 {
		out = append(out, fmt.Errorf(Prefix+"OPEN_APPID is set, but not %s: set all or none", strings.Join(missing, ", ")))
	}
	if c.OpenAESKey != "" && len(c.OpenAESKey) != 43 {
		out = append(out, errors.New(Prefix+"OPEN_AES_KEY must have 43 characters"))
	}
	if c.OpenAppID == c.MPAppID {
		out = append(out, errors.New(Prefix+"OPEN_APPID is the third-party platform's, not the mini-program's"))
	}
	own := sandboxPlatform()
	if c.WeChat == Live && (c.OpenAppID == own.AppID || c.OpenSecret == own.Secret || c.OpenToken == own.Token || c.OpenAESKey == own.AESKey) {
		out = append(out, errors.New(Prefix+"OPEN_ settings must be the real ones with real WeChat, not the sandbox's"))
	}
	return out
}
