package verifier

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const vectors = "../../vectors/"

type worldFile struct {
	Now       time.Time
	Policy    string
	Neighbour string
	Reads     map[string][]byte
}

type tokenCase struct {
	Comment, Expect, Token, Audience, Type string
	Tenants                                []string
	Bearer                                 bool `json:"bearer_allowed"`
}

func readJSON[T any](t *testing.T, path string) T {
	t.Helper()
	var value T
	bytes, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(bytes, &value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func world(t *testing.T) worldFile { return readJSON[worldFile](t, vectors+"tokens/world.json") }

func files(t *testing.T, pattern string, least int) []string {
	t.Helper()
	names, err := filepath.Glob(vectors + pattern)
	if err != nil || len(names) < least {
		t.Fatalf("%d files of %s, %v", len(names), pattern, err)
	}
	return names
}

func (w worldFile) verifier(t *testing.T, change func(url string, body []byte) []byte) *Verifier {
	t.Helper()
	v, err := New([]byte(w.Policy), Options{
		Neighbours: [][]byte{[]byte(w.Neighbour)},
		Now:        func() time.Time { return w.Now },
		TipWait:    40 * time.Millisecond,
		Read: func(_ context.Context, url string, most int) ([]byte, error) {
			body, there := w.Reads[url]
			if !there {
				return nil, statusError(404)
			}
			if change != nil {
				body = change(url, append([]byte{}, body...))
			}
			return body, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (c tokenCase) expectations() Expectations {
	binding := BindingRequired
	if c.Bearer {
		binding = BearerAllowed
	}
	return Expectations{Audience: c.Audience, TokenType: c.Type, Tenants: c.Tenants, Binding: binding}
}

func code(t *testing.T, verified *Verified, err error) string {
	t.Helper()
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Code
	case err != nil:
		t.Fatal(err)
	case verified.Subject == "" || verified.Claims["sub"] != verified.Subject:
		t.Fatal("no subject")
	}
	return "verified"
}

func outcome(t *testing.T, v *Verifier, c tokenCase) string {
	t.Helper()
	verified, err := v.Verify(context.Background(), c.Token, c.expectations())
	return code(t, verified, err)
}

func cases(t *testing.T) map[string]tokenCase {
	read := map[string]tokenCase{}
	for _, path := range files(t, "tokens/cases/*.json", 300) {
		read[strings.TrimSuffix(filepath.Base(path), ".json")] = readJSON[tokenCase](t, path)
	}
	return read
}

// In the order of the checks, the codes from the signature on: a key of ML-DSA-44 gets no further here.
var fromSignatureOn = map[string]bool{"verified": true, "signature": true, "binding-missing": true, "never-issued": true, "beyond-tip": true}

func TestEachTokenGetsItsCode(t *testing.T) {
	w := world(t)
	v := w.verifier(t, nil)
	unavailable := 0
	// A map is read in any order; each token twice.
	for round := 0; round < 2; round++ {
		for name, c := range cases(t) {
			expect := c.Expect
			if strings.HasPrefix(name, "ml-dsa-44") && fromSignatureOn[expect] {
				expect = "algorithm-unavailable"
				unavailable++
			}
			if got := outcome(t, v, c); got != expect {
				t.Errorf("%s: %s, not %s: %s", name, got, expect, c.Comment)
			}
		}
	}
	if unavailable < 2 || unavailable > 20 {
		t.Errorf("%d tokens of ML-DSA-44", unavailable)
	}
}

func honest(t *testing.T) tokenCase {
	c, there := cases(t)["honest"]
	if !there || c.Expect != "verified" {
		t.Fatal("no honest token")
	}
	return c
}

func TestWhatLiesBetweenIsBelievedOnlyAsFarAsItIsSigned(t *testing.T) {
	w, c := world(t), honest(t)
	if got := outcome(t, w.verifier(t, nil), c); got != "verified" {
		t.Fatal(got)
	}
	for part, expect := range map[string]string{
		"enterprise/logs/keys/checkpoint":   "keys-unavailable",
		"enterprise/logs/keys/tile/entries": "keys-unavailable",
		"logs/s1g1/checkpoint":              "proof-unavailable",
		"logs/s1g1/tile/0/":                 "proof-unavailable",
	} {
		flipped := w.verifier(t, func(url string, body []byte) []byte {
			if strings.Contains(url, part) {
				body[len(body)/2] ^= 1
			}
			return body
		})
		if got := outcome(t, flipped, c); got != expect {
			t.Errorf("%s: %s, not %s", part, got, expect)
		}
	}
}

// An entry that takes trust away has no signature of its own: only the root says that the log has it.
func TestARevocationIsBelievedOnlyAsTheRootHasIt(t *testing.T) {
	w := world(t)
	form := regexp.MustCompile(`("event":"token-revoked","log":"s1g1","position":)[1-9]`)
	changed := false
	v := w.verifier(t, func(url string, body []byte) []byte {
		if strings.Contains(url, "enterprise/logs/keys/tile/entries") {
			other := form.ReplaceAll(body, []byte("${1}4"))
			changed = !bytes.Equal(other, body)
			return other
		}
		return body
	})
	if got := outcome(t, v, honest(t)); got != "keys-unavailable" || !changed {
		t.Errorf("%s, %v", got, changed)
	}
}

func TestTheTimeOfAHeadIsSigned(t *testing.T) {
	w := world(t)
	v := w.verifier(t, func(url string, body []byte) []byte {
		if !strings.HasSuffix(url, "enterprise/logs/keys/checkpoint") {
			return body
		}
		lines := strings.Split(string(body), "\n")
		for i, line := range lines {
			// The cosignature has eight bytes of time before its signature; one byte of it changes.
			words := strings.Split(line, " ")
			if signed, err := base64.StdEncoding.DecodeString(words[len(words)-1]); err == nil && len(signed) == 4+8+64 {
				signed[11]++
				words[len(words)-1] = base64.StdEncoding.EncodeToString(signed)
				lines[i] = strings.Join(words, " ")
			}
		}
		if changed := strings.Join(lines, "\n"); changed != string(body) {
			return []byte(changed)
		}
		t.Error("nothing changed")
		return body
	})
	if got := outcome(t, v, honest(t)); got != "keys-unavailable" {
		t.Error(got)
	}
}

func TestALogThatEndedIssuedNothingPastItsSize(t *testing.T) {
	w, c := world(t), honest(t)
	v := w.verifier(t, nil)
	if got := outcome(t, v, c); got != "verified" {
		t.Fatal(got)
	}
	tok, _ := parseToken(c.Token)
	log, position, _ := tok.place()
	for size, expect := range map[int64]string{position: "beyond-tip", position + 1: "verified"} {
		v.own.held.ended[log] = size
		if got := outcome(t, v, c); got != expect {
			t.Errorf("%d: %s", size, got)
		}
	}
}

// Every leaf is bound to the root: one in a tile that is not bound would be any token's.
func TestALeafPlantedInATileIsNotBelieved(t *testing.T) {
	w := world(t)
	tried := 0
	for name, c := range cases(t) {
		if c.Expect != "never-issued" || strings.HasPrefix(name, "ml-dsa-44") {
			continue
		}
		tok, err := parseToken(c.Token)
		if err != nil {
			t.Fatal(err)
		}
		log, position, err := tok.place()
		if err != nil {
			t.Fatal(err)
		}
		planted := w.verifier(t, func(url string, body []byte) []byte {
			at := int(position%tileWidth) * 32
			if strings.Contains(url, log+"/tile/0/") && at+32 <= len(body) {
				leaf := leavesOf([][]byte{append([]byte{1}, tok.digest[:]...)})[0]
				copy(body[at:], leaf[:])
			}
			return body
		})
		if got := outcome(t, planted, c); got != "proof-unavailable" {
			t.Errorf("%s: %s", name, got)
		}
		tried++
	}
	if tried < 5 {
		t.Errorf("%d tokens", tried)
	}
}

func TestKeysAreAsFreshAsTheHeadSays(t *testing.T) {
	w, c := world(t), honest(t)
	for late, expect := range map[time.Duration]string{
		290 * time.Second: "verified", 310 * time.Second: "keys-stale", -31 * time.Second: "keys-unavailable",
	} {
		v := w.verifier(t, nil)
		v.options.Now = func() time.Time { return w.Now.Add(late) }
		if got := outcome(t, v, c); got != expect {
			t.Errorf("%s: %s, not %s", late, got, expect)
		}
	}
}

func TestExpectationsCannotBeLeftOut(t *testing.T) {
	w, c := world(t), honest(t)
	for _, change := range []func(*Expectations){
		func(e *Expectations) { e.Audience = "" }, func(e *Expectations) { e.Tenants = nil }, func(e *Expectations) { e.Binding = 0 },
	} {
		expect := c.expectations()
		change(&expect)
		var refusal *Refusal
		if _, err := w.verifier(t, nil).Verify(context.Background(), c.Token, expect); err == nil || errors.As(err, &refusal) {
			t.Errorf("%v", err)
		}
	}
}

func TestAPolicyThatWantsWitnessesIsNotFollowed(t *testing.T) {
	w := world(t)
	for _, change := range []func(string) string{
		func(p string) string { return strings.Replace(p, "quorum none", "quorum w1", 1) },
		func(p string) string { return p + "witness w1 w+00000000+AAAA\n" },
		func(p string) string { return strings.Replace(p, "domain ", "realm ", 1) },
		func(p string) string { return p + "domain enterprise\n" },
		func(p string) string { return strings.Replace(p, "https://", "ftp://", 1) },
		func(p string) string { return strings.Replace(p, "root 1 ", "root 1 0", 1) },
		func(p string) string { return strings.Replace(p, "log ", "# log ", 1) },
	} {
		if changed := change(w.Policy); changed == w.Policy {
			t.Fatal("nothing changed")
		} else if _, err := New([]byte(changed), Options{}); err == nil {
			t.Errorf("%s", changed)
		}
	}
}

// The world over HTTPS, through the reader that is there without options.
func TestOverHTTP(t *testing.T) {
	w, c := world(t), honest(t)
	server := httptest.NewTLSServer(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		body, there := w.Reads["https://login.example"+request.URL.Path]
		if !there {
			http.NotFound(response, request)
			return
		}
		response.Write(body)
	}))
	defer server.Close()
	client := defaultClient()
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // of the test server's certificate
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	client.Transport = transport
	v := w.verifier(t, nil)
	v.options.Read = HTTPReader(client)
	if got := outcome(t, v, c); got != "verified" {
		t.Fatal(got)
	}
	server.Close()
	if got := outcome(t, w.verifierReading(t, HTTPReader(client)), c); got != "keys-unavailable" {
		t.Fatal(got)
	}
}

func (w worldFile) verifierReading(t *testing.T, read Reader) *Verifier {
	v := w.verifier(t, nil)
	v.options.Read = read
	return v
}

func TestABodyWithoutAnEndIsNotReadToIt(t *testing.T) {
	sent := make(chan int, 1)
	server := httptest.NewServer(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/short":
			io.WriteString(response, "head")
		case "/moved":
			http.Redirect(response, request, "/short", http.StatusFound)
		case "/silent":
			response.(http.Flusher).Flush()
			<-request.Context().Done()
		default:
			total := 0
			for part := make([]byte, 64<<10); ; total += len(part) {
				if _, err := response.Write(part); err != nil {
					sent <- total
					return
				}
			}
		}
	}))
	defer server.Close()
	client := defaultClient()
	client.Timeout = 500 * time.Millisecond
	read := HTTPReader(client)
	if body, err := read(context.Background(), server.URL+"/short", 4); err != nil || string(body) != "head" {
		t.Fatal(string(body), err)
	}
	for path, most := range map[string]int{"/short": 3, "/moved": 4, "/silent": 4, "/endless": 1 << 20} {
		if body, err := read(context.Background(), server.URL+path, most); err == nil {
			t.Errorf("%s: %d bytes", path, len(body))
		}
	}
	if total := <-sent; total > 32<<20 {
		t.Errorf("%d bytes were sent", total)
	}
	if defaultClient().Timeout != readTimeout {
		t.Error("no time limit")
	}
}
