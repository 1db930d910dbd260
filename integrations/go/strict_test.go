package verifier

import (
	"fmt"
	"strings"
	"testing"
)

// Each refusal has beside it what is next to it and good.
func TestJSONHasOneReading(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) }
	wide := func(values int) string { return `{"a":[1` + strings.Repeat(",1", values-2) + "]}" }
	for good, bad := range map[string]string{
		`{"a":"\ud83d\ude00"}`: `{"a":"\ude00\ud83d"}`,
		`{"a":"\\ud83d"}`:      `{"a":"\ud83d"}`,
		`{"a":"\ufffd"}`:       `{"\udfff":1}`,
		`{"a":"é"}`:            "{\"a\":\"\xe9\"}",
		`{"a":1,"A":2}`:        `{"a":1,"\u0061":2}`,
		nested(depthMax):       nested(depthMax + 1),
		wide(20):               wide(21),
		fmt.Sprintf(`{"%s":1}`, strings.Repeat("é", 256)):  fmt.Sprintf(`{"%s":1}`, strings.Repeat("é", 257)),
		`{"a":9223372036854775807}`:                        `{"a":9223372036854775808}`,
		`{"a":0.5}`:                                        `{"a":00.5}`,
		`{"a":1e308}`:                                      `{"a":1e309}`,
		`{"a":1.` + strings.Repeat("0", numberMax-2) + "}": `{"a":1.` + strings.Repeat("0", numberMax-1) + "}",
		" {\"a\":[] }\n":                                   `{"a":[]}{}`,
		`{}`:                                               `[]`,
		`{"a":null}`:                                       `{"a":null,}`,
	} {
		if _, err := strictObject([]byte(good), 600, 20); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		if _, err := strictObject([]byte(bad), 600, 20); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
	if _, err := strictObject([]byte(`{"a":1}`), 6, 20); err == nil {
		t.Error("a text that is too long is read")
	}
}
