package verifier_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"testing"

	"counterfoil.dev/verifier"
)

func protect(v *verifier.Verifier, next func(http.ResponseWriter, *http.Request, *verifier.Verified)) http.Handler {
	mail := verifier.Expectations{
		Audience: "https://mail.example", Tenants: []string{"acme"}, Binding: verifier.BearerAllowed,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !isBearer {
			http.Error(w, "a token is wanted", http.StatusUnauthorized)
			return
		}
		verified, err := v.Verify(r.Context(), token, mail)
		var refusal *verifier.Refusal
		switch {
		case errors.As(err, &refusal): // its code is for your log; the caller is told no more
			log.Print("refused: ", refusal)
			http.Error(w, "invalid_token", http.StatusUnauthorized)
		case err != nil:
			http.Error(w, "failed", http.StatusInternalServerError)
		default:
			next(w, r, verified)
		}
	})
}

func serve() error {
	policy, err := os.ReadFile("policy.txt")
	if err != nil {
		return err
	}
	v, err := verifier.New(policy, verifier.Options{}) // once, at start
	if err != nil {
		return err
	}
	return http.ListenAndServe("127.0.0.1:8080", protect(v, func(w http.ResponseWriter, r *http.Request, who *verifier.Verified) {
		io.WriteString(w, "hello "+who.Subject)
	}))
}

// The example of the README is this one, which compiles.
func TestTheReadmeHasThisExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	example, _, _ := strings.Cut(rest, "```")
	if !found || len(example) < 800 || !strings.Contains(string(source), example) {
		t.Error("the example of the README is another one")
	}
	if serve() == nil {
		t.Error("it serves without a policy")
	}
}
