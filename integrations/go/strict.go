package verifier

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// What strangers send is read here alone: one spelling, no member twice, limits on everything
// (spec/token.md, Encoding). json.Unmarshal takes the last of two members, rounds large integers and has no limits.

const (
	depthMax   = 16
	valuesMax  = 200_000
	nameMax    = 256
	numberMax  = 32
	wholeMax   = 1<<53 - 1
	base64Kind = "not base64url in its one spelling"
)

type object = map[string]any

// The escapes of a valid JSON text: a pair of surrogates is one match, and one alone is cut to four characters.
var (
	escape    = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F]|\\.`)
	loneMatch = len(`\ud8`)
)

// base64URL decodes base64url without padding, the unused bits of its last character zero.
func base64URL(text string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	// The decoder skips line ends.
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New(base64Kind)
	}
	return decoded, nil
}

func encodeURL(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// base64Std decodes standard base64 of a length, in its one spelling.
func base64Std(text string, length int) ([]byte, error) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(decoded) != length || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("not base64 in its one spelling, or of another length")
	}
	return decoded, nil
}

// strictObject reads one JSON object that fills the bytes: whole numbers are int64, others float64.
func strictObject(encoded []byte, bytesMax, values int) (object, error) {
	if len(encoded) > bytesMax {
		return nil, errors.New("JSON is too long")
	}
	// encoding/json puts U+FFFD where these stand.
	if !utf8.Valid(encoded) {
		return nil, errors.New("JSON is not UTF-8")
	}
	for _, found := range escape.FindAll(encoded, -1) {
		if len(found) == loneMatch {
			return nil, errors.New("JSON has a lone surrogate")
		}
	}
	r := &reader{json.NewDecoder(bytes.NewReader(encoded)), 1 + values}
	r.UseNumber()
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	read, isObject := value.(object)
	if _, err := r.Token(); err != io.EOF || !isObject {
		return nil, errors.New("JSON is not one object")
	}
	return read, nil
}

type reader struct {
	*json.Decoder
	left int
}

var errJSON = errors.New("JSON is malformed")

func (r *reader) value(depth int) (any, error) {
	if r.left--; r.left < 0 {
		return nil, errors.New("JSON has too many values")
	}
	token, err := r.Token()
	if err != nil {
		return nil, errJSON
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == depthMax {
			return nil, errors.New("JSON is too deep")
		}
		if token == '{' {
			return r.object(depth + 1)
		}
		return r.array(depth + 1)
	case json.Number:
		return number(string(token))
	}
	return token, nil
}

func (r *reader) object(depth int) (any, error) {
	members := object{}
	for r.More() {
		token, err := r.Token()
		name, isText := token.(string)
		if err != nil || !isText {
			return nil, errJSON
		}
		if len(utf16Units(name)) > nameMax {
			return nil, errors.New("JSON has a name that is too long")
		}
		if _, twice := members[name]; twice {
			return nil, errors.New("JSON has a member twice")
		}
		if members[name], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	return members, r.end()
}

func (r *reader) array(depth int) (any, error) {
	elements := []any{}
	for r.More() {
		element, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return elements, r.end()
}

func (r *reader) end() error {
	if _, err := r.Token(); err != nil {
		return errJSON
	}
	return nil
}

func number(text string) (any, error) {
	if len(text) > numberMax {
		return nil, errJSON
	}
	if strings.ContainsAny(text, ".eE") {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errors.New("JSON has a number beyond a double")
		}
		return value, nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, errors.New("JSON has a number beyond 64 bits")
	}
	return value, nil
}

// members reads members of an object, and keeps the first fault for the end.
type members struct {
	object
	fault error
}

func (m *members) fail(text string) {
	if m.fault == nil {
		m.fault = errors.New(text)
	}
}

func typed[T any](m *members, name, kind string) T {
	value, ok := m.object[name].(T)
	if !ok {
		m.fail("member " + name + " is missing or not " + kind)
	}
	return value
}

func (m *members) has(name string) bool {
	_, there := m.object[name]
	return there
}

func (m *members) text(name string) string { return typed[string](m, name, "a text") }

func (m *members) inner(name string) *members {
	return &members{object: typed[object](m, name, "an object")}
}

func (m *members) whole(name string) int64 {
	value := typed[int64](m, name, "a whole number")
	if value > wholeMax || value < -wholeMax {
		m.fail("member " + name + " is out of range")
	}
	return value
}

func (m *members) wholeTo(name string, most int64) int64 {
	value := m.whole(name)
	if value < 0 || value > most {
		m.fail("member " + name + " is out of range")
	}
	return value
}

func (m *members) texts(name string) []string {
	var texts []string
	for _, element := range typed[[]any](m, name, "an array") {
		text, ok := element.(string)
		if !ok {
			m.fail("member " + name + " is not an array of texts")
		}
		texts = append(texts, text)
	}
	return texts
}

// allowOnly refuses members that are not named: one may be a restriction.
func (m *members) allowOnly(names ...string) {
	for name := range m.object {
		if !slices.Contains(names, name) {
			m.fail("a member that is not allowed")
		}
	}
}

// canonical gives the text of RFC 8785 for what has texts, whole numbers and ASCII names alone; nothing otherwise.
func canonical(value any) string {
	switch v := value.(type) {
	case string:
		var out strings.Builder
		for _, c := range v {
			short := strings.IndexRune("\"\\\b\f\n\r\t", c)
			switch {
			case short >= 0:
				out.WriteString(`\` + string(`"\bfnrt`[short]))
			case c < ' ':
				out.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
			default:
				out.WriteRune(c)
			}
		}
		return `"` + out.String() + `"`
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = canonical(element)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case object:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			names[i] = canonical(name) + ":" + canonical(v[name])
		}
		return "{" + strings.Join(names, ",") + "}"
	}
	return ""
}

func utf16Units(text string) []uint16 { return utf16.Encode([]rune(text)) }
