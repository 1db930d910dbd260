package verifier

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Every vector of attached issuers' tokens gets its code, also when it is asked twice.
func TestAttachedTokens(t *testing.T) {
	w := readJSON[worldFile](t, vectors+"attached-tokens/world.json")
	v, err := New([]byte(w.Policy), Options{
		Now:     func() time.Time { return w.Now },
		TipWait: 10 * time.Millisecond,
		Read: func(_ context.Context, url string, _ int) ([]byte, error) {
			if body, there := w.Reads[url]; there {
				return body, nil
			}
			return nil, statusError(404)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	verified := 0
	for _, file := range files(t, "attached-tokens/cases/*.json", 40) {
		c := readJSON[struct {
			tokenCase
			Attached []string `json:"attached_issuers"`
		}](t, file)
		expect := Expectations{
			Audience: c.Audience, Tenants: c.Tenants, Binding: BearerAllowed, TokenType: c.Type, AttachedIssuers: c.Attached,
		}
		for range 2 {
			outcome := "verified"
			got, err := v.Verify(context.Background(), c.Token, expect)
			var refusal *Refusal
			if errors.As(err, &refusal) {
				outcome = refusal.Code
			} else if err != nil {
				t.Fatal(err)
			} else if verified++; got.Issuer == "" {
				t.Errorf("%s: no issuer", file)
			}
			if outcome != c.Expect {
				t.Errorf("%s: %s, want %s (%v)", file, outcome, c.Expect, err)
			}
		}
	}
	if verified < 12 {
		t.Errorf("only %d were verified", verified)
	}
}
