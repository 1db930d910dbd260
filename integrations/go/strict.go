package verifier

import (
	"encoding/base64"
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// What strangers send is read here alone: one spelling, no member twice, limits on everything
// (spec/token.md, Encoding). encoding/json takes the last of two members and rounds large integers.

const (
	depthMax   = 16
	valuesMax  = 200_000
	nameMax    = 256
	numberMax  = 32
	wholeMax   = 1<<53 - 1
	base64Kind = "not base64url in its one spelling"
)

// Fraction is a number with a fraction or an exponent: no claim of ours is one.
type fraction float64

type object map[string]any

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`)

// base64URL decodes base64url without padding, the unused bits of its last character zero.
func base64URL(text string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	// The decoder skips line ends.
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New(base64Kind)
	}
	return decoded, nil
}

// base64Std decodes standard base64 of a length, in its one spelling.
func base64Std(text string, length int) ([]byte, error) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(decoded) != length || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("not base64 in its one spelling, or of another length")
	}
	return decoded, nil
}

// strictObject reads one JSON object that fills the bytes.
func strictObject(bytes []byte, bytesMax, values int) (object, error) {
	if len(bytes) > bytesMax {
		return nil, errors.New("JSON is too long")
	}
	if !utf8.Valid(bytes) {
		return nil, errors.New("JSON is not UTF-8")
	}
	r := &reader{text: string(bytes), left: values}
	r.space()
	if r.peek() != '{' {
		return nil, errors.New("JSON is not an object")
	}
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.space(); r.at != len(r.text) {
		return nil, errors.New("JSON goes on after its object")
	}
	return value.(object), nil
}

type reader struct {
	text string
	at   int
	left int
}

var errJSON = errors.New("JSON is malformed")

// peek gives 0 at the end; no JSON has a zero byte outside a text, and none is allowed inside.
func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) space() {
	for strings.IndexByte(" \t\n\r", r.peek()) >= 0 {
		r.at++
	}
}

func (r *reader) take(c byte) bool {
	r.space()
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) value(depth int) (any, error) {
	if depth > 0 {
		if r.left--; r.left < 0 {
			return nil, errors.New("JSON has too many values")
		}
	}
	r.space()
	switch c := r.peek(); {
	case c == '{' || c == '[':
		if depth+1 > depthMax {
			return nil, errors.New("JSON is too deep")
		}
		if c == '{' {
			return r.object(depth + 1)
		}
		return r.array(depth + 1)
	case c == '"':
		return r.string()
	}
	for word, value := range map[string]any{"true": true, "false": false, "null": nil} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			return value, nil
		}
	}
	return r.number()
}

func (r *reader) object(depth int) (any, error) {
	members := object{}
	r.take('{')
	if r.take('}') {
		return members, nil
	}
	for {
		r.space()
		name, err := r.string()
		if err != nil {
			return nil, err
		}
		if len(utf16Units(name)) > nameMax {
			return nil, errors.New("JSON has a name that is too long")
		}
		if _, twice := members[name]; twice {
			return nil, errors.New("JSON has a member twice")
		}
		if !r.take(':') {
			return nil, errJSON
		}
		if members[name], err = r.value(depth); err != nil {
			return nil, err
		}
		if r.take('}') {
			return members, nil
		}
		if !r.take(',') {
			return nil, errJSON
		}
	}
}

func (r *reader) array(depth int) (any, error) {
	elements := []any{}
	r.take('[')
	if r.take(']') {
		return elements, nil
	}
	for {
		element, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
		if r.take(']') {
			return elements, nil
		}
		if !r.take(',') {
			return nil, errJSON
		}
	}
}

func (r *reader) string() (string, error) {
	if r.peek() != '"' {
		return "", errJSON
	}
	r.at++
	var value strings.Builder
	for {
		c := r.peek()
		switch {
		case c < ' ':
			return "", errJSON
		case c == '"':
			r.at++
			return value.String(), nil
		case c != '\\':
			value.WriteByte(c)
			r.at++
			continue
		}
		r.at++
		escape := r.peek()
		r.at++
		if escape == 'u' {
			character, err := r.escaped()
			if err != nil {
				return "", err
			}
			value.WriteRune(character)
		} else if at := strings.IndexByte(`"\/bfnrt`, escape); at >= 0 {
			value.WriteByte("\"\\/\b\f\n\r\t"[at])
		} else {
			return "", errJSON
		}
	}
}

// escaped reads what follows a \u, and its second half where there is one.
func (r *reader) escaped() (rune, error) {
	first, err := r.hex()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	if strings.HasPrefix(r.text[r.at:], `\u`) {
		r.at += 2
		second, err := r.hex()
		if err != nil {
			return 0, err
		}
		if both := utf16.DecodeRune(first, second); both != utf8.RuneError {
			return both, nil
		}
	}
	return 0, errors.New("JSON has a lone surrogate")
}

func (r *reader) hex() (rune, error) {
	if r.at+4 > len(r.text) {
		return 0, errJSON
	}
	value, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	r.at += 4
	if err != nil {
		return 0, errJSON
	}
	return rune(value), nil
}

func (r *reader) number() (any, error) {
	match := number.FindStringSubmatch(r.text[r.at:min(len(r.text), r.at+numberMax+1)])
	if match == nil || len(match[0]) > numberMax {
		return nil, errJSON
	}
	r.at += len(match[0])
	if match[2] != "" || match[3] != "" {
		value, err := strconv.ParseFloat(match[0], 64)
		if err != nil || math.IsInf(value, 0) {
			return nil, errors.New("JSON has a number beyond a double")
		}
		return fraction(value), nil
	}
	value, err := strconv.ParseInt(match[0], 10, 64)
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

// plain gives claims as encoding/json would, except that whole numbers stay whole.
func plain(value any) any {
	switch v := value.(type) {
	case fraction:
		return float64(v)
	case []any:
		elements := make([]any, len(v))
		for i, element := range v {
			elements[i] = plain(element)
		}
		return elements
	case object:
		claims := make(map[string]any, len(v))
		for name, member := range v {
			claims[name] = plain(member)
		}
		return claims
	}
	return value
}

func utf16Units(text string) []uint16 { return utf16.Encode([]rune(text)) }
