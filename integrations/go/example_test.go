package verifier_test

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"testing"

	"counterfoil.dev/verifier"
)

func serve() error {
	policy, err := os.ReadFile("policy.txt")
	if err != nil {
		return err
	}
	key, err := os.ReadFile("client.jwk")
	if err != nil {
		return err
	}
	sightings, err := verifier.NewReporter(verifier.ReporterOptions{
		Monitor: "https://monitor.example", Issuer: "https://login.example/enterprise", ClientID: "mail", Key: key,
	})
	if err != nil {
		return err
	}
	defer sightings.Close()
	v, err := verifier.New(policy, verifier.Options{Sightings: sightings}) // once, at start
	if err != nil {
		return err
	}
	guard := verifier.Guard{
		Verifier: v,
		Expect:   verifier.Expectations{Audience: "https://mail.example", Tenants: []string{"acme"}, Binding: verifier.BearerAllowed},
		Origin:   "https://mail.example",
		Refused:  func(refusal *verifier.Refusal) { log.Print("refused: ", refusal) },
	}
	inbox := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello "+verifier.VerifiedOf(r.Context()).Subject)
	})
	return http.ListenAndServe("127.0.0.1:8080", guard.Protect(inbox))
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
