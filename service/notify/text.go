package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/wechat"
)

// text is a message as people read it.
type text struct {
	title, body, page string
	data              map[string]string
}

// read makes the text of a stored message. A kind that no module has any more shows its name.
func (s *Service) read(kind, rawData, page string) (text, error) {
	data, err := readData(rawData)
	if err != nil {
		return text{}, err
	}
	k, ok := s.kinds[kind]
	if !ok {
		k.Title = kind
	}
	if page == "" {
		page = fill(k.Page, data)
	}
	return text{title: fill(k.Title, data), body: fill(k.Body, data), page: strings.TrimPrefix(page, "/"), data: data}, nil
}

// maxCustomerBytes is the longest customer-service message that WeChat takes.
const maxCustomerBytes = 2048

// customer is the text of a customer-service message.
func (t text) customer() string {
	if t.body == "" {
		return t.title
	}
	return cut("【"+t.title+"】\n"+t.body, maxCustomerBytes)
}

// cut shortens a text to so many bytes, and says so by an ellipsis.
func cut(s string, most int) string {
	const more = "…"
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len(more)], "") + more
}

// fields fills a template's fields so that WeChat takes them.
func (t text) fields(pattern map[string]string) map[string]string {
	out := make(map[string]string, len(pattern))
	for key, value := range pattern {
		out[key] = wechat.Fit(key, fill(value, t.data))
	}
	return out
}

// readData reads the values of a message. SQL may have written numbers and nulls: they become text.
func readData(raw string) (map[string]string, error) {
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	var values map[string]any
	if err := dec.Decode(&values); err != nil {
		return nil, fmt.Errorf("data is no JSON object: %w", err)
	}
	data := make(map[string]string, len(values))
	for key, v := range values {
		if v == nil {
			v = ""
		}
		data[key] = fmt.Sprint(v)
	}
	return data, nil
}

// fill replaces {name} by the value of name, and by nothing if there is none.
func fill(pattern string, data map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(data[name])
		pattern = after
	}
}

// placeholders are the names that fill would replace, each once, in order. closed is false if a brace has no end.
func placeholders(pattern string) (names []string, closed bool) {
	names = []string{}
	for {
		_, rest, found := strings.Cut(pattern, "{")
		if !found {
			return names, true
		}
		name, after, ends := strings.Cut(rest, "}")
		if !ends {
			return names, false
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		pattern = after
	}
}

// placeholders are what k's texts take from a message's data.
func (k Kind) placeholders() []string {
	names, _ := placeholders(k.Title + k.Body + k.Page)
	return names
}

// patternOf reads a template's fields.
func patternOf(t model.MessageTemplate) (map[string]string, error) {
	var pattern map[string]string
	if err := json.Unmarshal([]byte(t.Fields), &pattern); err != nil {
		return nil, fmt.Errorf("fields of template %d: %w", t.ID, err)
	}
	return pattern, nil
}
