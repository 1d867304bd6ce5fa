package handler

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/service/fault"
)

// What GeoReport v2 says, in JSON and XML (wiki.open311.org/GeoReport_v2). JSON has a bare list where XML has a named element around it.

type geoService struct {
	XMLName     xml.Name `json:"-" xml:"service"`
	Code        string   `json:"service_code" xml:"service_code"`
	Name        string   `json:"service_name" xml:"service_name"`
	Description string   `json:"description" xml:"description"`
	Metadata    bool     `json:"metadata" xml:"metadata"` // it has a definition
	Type        string   `json:"type" xml:"type"`         // realtime: the number comes at once
	Keywords    string   `json:"keywords" xml:"keywords"`
	Group       string   `json:"group" xml:"group"`
}

type geoDefinition struct {
	XMLName    xml.Name       `json:"-" xml:"service_definition"`
	Code       string         `json:"service_code" xml:"service_code"`
	Attributes []geoAttribute `json:"attributes" xml:"attributes>attribute"`
}

type geoAttribute struct {
	Variable    bool       `json:"variable" xml:"variable"`
	Code        string     `json:"code" xml:"code"`
	Datatype    string     `json:"datatype" xml:"datatype"`
	Required    bool       `json:"required" xml:"required"`
	DatatypeFor string     `json:"datatype_description" xml:"datatype_description"`
	Order       int        `json:"order" xml:"order"`
	Description string     `json:"description" xml:"description"`
	Values      []geoValue `json:"values" xml:"values>value"`
}

type geoValue struct {
	Key  string `json:"key" xml:"key"`
	Name string `json:"name" xml:"name"`
}

type geoRequest struct {
	XMLName     xml.Name `json:"-" xml:"request"`
	ID          string   `json:"service_request_id" xml:"service_request_id"`
	Status      string   `json:"status" xml:"status"` // open or closed
	StatusNotes string   `json:"status_notes" xml:"status_notes"`
	ServiceName string   `json:"service_name" xml:"service_name"`
	ServiceCode string   `json:"service_code" xml:"service_code"`
	Description string   `json:"description" xml:"description"`
	Agency      string   `json:"agency_responsible" xml:"agency_responsible"`
	Notice      string   `json:"service_notice" xml:"service_notice"`
	Requested   string   `json:"requested_datetime" xml:"requested_datetime"`
	Updated     string   `json:"updated_datetime" xml:"updated_datetime"`
	Expected    *string  `json:"expected_datetime" xml:"expected_datetime"` // the end of the open limit; nothing while it is paused or over
	Address     string   `json:"address" xml:"address"`
	AddressID   *string  `json:"address_id" xml:"address_id"`
	Zipcode     *string  `json:"zipcode" xml:"zipcode"`
	Lat         *float64 `json:"lat" xml:"lat"`
	Long        *float64 `json:"long" xml:"long"`
	MediaURL    *string  `json:"media_url" xml:"media_url"`
}

// geoReceipt answers what was sent in.
type geoReceipt struct {
	XMLName   xml.Name `json:"-" xml:"request"`
	ID        string   `json:"service_request_id" xml:"service_request_id"`
	Token     string   `json:"token,omitempty" xml:"token,omitempty"`
	Notice    string   `json:"service_notice" xml:"service_notice"`
	AccountID *string  `json:"account_id" xml:"account_id"`
}

type geoError struct {
	XMLName     xml.Name `json:"-" xml:"error"`
	Code        int      `json:"code" xml:"code"`
	Description string   `json:"description" xml:"description"`
}

// geoUpdate answers a step that another system has reported.
type geoUpdate struct {
	XMLName  xml.Name `json:"-" xml:"request_update"`
	ID       string   `json:"service_request_id" xml:"service_request_id"`
	UpdateID string   `json:"update_id" xml:"update_id"`
	Status   string   `json:"status" xml:"status"`
}

type geoDiscovery struct {
	XMLName    xml.Name      `json:"-" xml:"discovery"`
	Changeset  string        `json:"changeset" xml:"changeset"`
	Contact    string        `json:"contact" xml:"contact"`
	KeyService string        `json:"key_service" xml:"key_service"`
	Endpoints  []geoEndpoint `json:"endpoints" xml:"endpoints>endpoint"`
}

type geoEndpoint struct {
	Specification string   `json:"specification" xml:"specification"`
	URL           string   `json:"url" xml:"url"`
	Changeset     string   `json:"changeset" xml:"changeset"`
	Type          string   `json:"type" xml:"type"`
	Formats       []string `json:"formats" xml:"formats>format"`
}

// geoList is a list under the name that XML gives it.
type geoList[T any] struct {
	XMLName xml.Name
	Items   []T
}

// geo answers in the form that the address asks for. What is not a list in GeoReport goes out as it is.
func geo[T any](c *fiber.Ctx, status int, root string, rows []T) error {
	if rows == nil {
		rows = []T{}
	}
	return geoSend(c, status, rows, geoList[T]{XMLName: xml.Name{Local: root}, Items: rows})
}

func geoSend(c *fiber.Ctx, status int, asJSON, asXML any) error {
	c.Status(status)
	if c.Params("format") == "xml" {
		body, err := xml.Marshal(asXML)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationXMLCharsetUTF8)
		return c.Send(append([]byte(xml.Header), body...))
	}
	body, err := json.Marshal(asJSON)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	return c.Send(body)
}

// geoFault answers a fault in GeoReport's form. Without a valid key it is 403, as the specification wants it.
func (h *Handler) geoFault(c *fiber.Ctx, err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err // the platform's own answer to what only an operator can mend
	}
	status := int(f.Kind)
	if status == fiber.StatusUnauthorized {
		status = fiber.StatusForbidden
	}
	retryAfter(c, f)
	return geo(c, status, "errors", []geoError{{Code: status, Description: f.Message}})
}

// geoTime writes an instant with its zone.
func geoTime(t time.Time) string { return t.In(model.Shanghai).Format(time.RFC3339) }

// geoSpan reads a bound in W3C form; an empty one is the zero time.
func geoSpan(c *fiber.Ctx, name string) (time.Time, error) {
	text := c.Query(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.Invalid("open311.time", name+" 须为 W3C 日期时间，如 2026-11-20T08:00:00+08:00").With("field", name)
	}
	return t, nil
}

// geoNumber reads a coordinate; an empty one is nil.
func geoNumber(c *fiber.Ctx, name string) (*float64, error) {
	text := strings.TrimSpace(c.FormValue(name))
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fault.Invalid("open311.number", name+" 须为数字").With("field", name)
	}
	return &n, nil
}
