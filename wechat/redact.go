package wechat

import "regexp"

var secretParam = regexp.MustCompile(`(?i)("?\b(?:secret|appsecret|access_token|refresh_token|js_code|session_key|component_appsecret|component_access_token|component_verify_ticket|authorizer_access_token|authorizer_refresh_token|pre_auth_code|authorization_code|auth_code)"?\s*[=:]\s*"?)[^&"\s,}]+`)

// redact blanks the values of WeChat's secret parameters in a text that may be logged or stored.
func redact(text string) string { return secretParam.ReplaceAllString(text, "${1}***") }
