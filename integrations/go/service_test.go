package verifier

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func answerOf(t *testing.T, g Guard, authorization string) *http.Response {
	t.Helper()
	server := httptest.NewServer(g.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, VerifiedOf(r.Context()).Subject)
	})))
	defer server.Close()
	request, err := http.NewRequest(http.MethodGet, server.URL+"/inbox?a=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response
}

func TestAGuardServesTokensThatWereIssuedAndNoOthers(t *testing.T) {
	w, c, all := world(t), honest(t), cases(t)
	var codes []string
	g := Guard{Verifier: w.verifier(t, nil), Expect: c.expectations(), Refused: func(r *Refusal) { codes = append(codes, r.Code) }}
	if got := answerOf(t, g, "Bearer "+c.Token); got.StatusCode != 200 {
		t.Fatal(got.Status)
	}
	for _, name := range []string{"never-issued", "edited", "expired", "dpop-proof-missing"} {
		got := answerOf(t, g, "Bearer "+all[name].Token)
		if got.StatusCode != 401 || !strings.HasSuffix(got.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			t.Errorf("%s: %s", name, got.Status)
		}
		if last := codes[len(codes)-1]; last != all[name].Expect {
			t.Errorf("%s: %s", name, last)
		}
	}
	if got := answerOf(t, g, ""); got.StatusCode != 401 || strings.Contains(got.Header.Get("WWW-Authenticate"), "error") {
		t.Error(got)
	}
	if got := answerOf(t, g, "DPoP "+all["dpop-proof-missing"].Token); !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "DPoP algs=") {
		t.Error(got)
	}
}

func TestATargetAddsNothingToTheHostOfTheOrigin(t *testing.T) {
	g := Guard{Origin: "https://mail.example"}
	for target, want := range map[string]string{
		"/inbox?a=1":                 "https://mail.example/inbox?a=1",
		"http://evil.example/inbox":  "https://mail.example/inbox",
		"http://evil.example":        "https://mail.example/",
		"x:.evil.example/inbox":      "",
		"x:@evil.example/inbox?a=1#": "",
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.request(r, true).URL; got != want {
			t.Errorf("%s: %s", target, got)
		}
	}
}

func TestAGuardAnswers503WhileTheAuthorityStandsStill(t *testing.T) {
	w, c := world(t), honest(t)
	asked := 0
	read := w.verifier(t, nil).options.Read
	away := func(ctx context.Context, url string, most int) ([]byte, error) {
		if strings.Contains(url, "/logs/keys/") {
			return read(ctx, url, most)
		}
		asked++
		return nil, errors.New("no answer")
	}
	g := Guard{Verifier: w.verifierReading(t, guarded(away, time.Now)), Expect: c.expectations()}
	for range 5 {
		if got := answerOf(t, g, "Bearer "+c.Token); got.StatusCode != 503 || got.Header.Get("Retry-After") != "2" {
			t.Error(got.Status)
		}
	}
	if asked != 2 {
		t.Errorf("the authority was asked %d times", asked)
	}
}

func TestACircuitTriesAgainEveryTwoSeconds(t *testing.T) {
	asked, now, fault := 0, time.Unix(0, 0), errors.New("no answer")
	read := guarded(func(context.Context, string, int) ([]byte, error) { asked++; return nil, fault }, func() time.Time { return now })
	tenTimes := func() (failed int) {
		for range 10 {
			if _, err := read(context.Background(), "u", 1); err != nil {
				failed++
			}
		}
		return failed
	}
	if failed := tenTimes(); failed != 10 || asked != 2 {
		t.Error(failed, asked)
	}
	now = now.Add(2 * time.Second)
	if failed := tenTimes(); failed != 10 || asked != 3 {
		t.Error(failed, asked)
	}
	now, fault = now.Add(2*time.Second), nil
	if failed := tenTimes(); failed != 0 || asked != 13 {
		t.Error(failed, asked)
	}
	fault = statusError(404) // an answer, and no silence
	if tenTimes(); asked != 23 {
		t.Error(asked)
	}
}

// taker is an issuer and a monitor that answer as they are told, and keep what was sent; the real monitor takes sightings in
// ServicesTest of integrations/node.
type taker struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string
}

func newTaker(t *testing.T, answers ...int) *taker {
	taken := &taker{}
	taken.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			io.WriteString(w, `{"access_token":"a.b.c","expires_in":300}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		taken.mu.Lock()
		defer taken.mu.Unlock()
		if r.URL.Path == "/sightings" {
			taken.sent = append(taken.sent, string(body))
		}
		status := 202
		if len(answers) > 0 {
			status, answers = answers[0], answers[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(taken.Close)
	return taken
}

func (taken *taker) reporter(t *testing.T) *Reporter {
	t.Helper()
	key, jwk := newProofKey(t)
	jwk["d"] = encodeURL(key.D.FillBytes(make([]byte, 32)))
	r, err := NewReporter(ReporterOptions{Monitor: taken.URL, Issuer: taken.URL, ClientID: "mail", Key: []byte(canonical(jwk))})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (taken *taker) batches(t *testing.T) (batches [][]sighting, numbers []int64) {
	t.Helper()
	taken.mu.Lock()
	defer taken.mu.Unlock()
	for _, body := range taken.sent {
		var batch struct {
			Sequence  int64
			Sightings []sighting
		}
		if err := json.Unmarshal([]byte(body), &batch); err != nil {
			t.Fatal(err)
		}
		batches, numbers = append(batches, batch.Sightings), append(numbers, batch.Sequence)
	}
	return batches, numbers
}

func TestTheFirstSightAndEveryRefusalAreReported(t *testing.T) {
	w, c, all, taken := world(t), honest(t), cases(t), newTaker(t)
	r := taken.reporter(t)
	v := w.verifier(t, nil)
	v.options.Sightings = r
	elsewhere := c
	elsewhere.Audience = "https://other.example"
	for _, one := range []tokenCase{c, c, all["never-issued"], all["edited"], all["one-part"], elsewhere, all["token-revoked"]} {
		expect := one.expectations()
		_, _ = v.VerifyRequest(context.Background(), one.Token, expect, Request{Resource: "in\nbox"})
	}
	r.Close()
	batches, _ := taken.batches(t)
	sightings := slices.Concat(batches...)
	said := map[string]sighting{}
	for _, s := range sightings {
		said[s.Outcome] = s
		if s.Evidence != "" && s.Outcome != "never-issued" {
			t.Errorf("a token leaves whole: %s", s.Outcome)
		}
	}
	if len(sightings) != 6 || len(said) != 6 {
		t.Errorf("a second sight of a good token, or one too few: %v", sightings)
	}
	if said["never-issued"].Evidence != all["never-issued"].Token || said["accepted"].Resource != "in\ufffdbox" ||
		!said["audience"].Signed || said["signature"].Signed || said["malformed"].Grade != "identifier" {
		t.Error(said)
	}
}

func TestABatchIsSentAgainAsItWasAndInHalvesWhenItIsRefusedForGood(t *testing.T) {
	taken := newTaker(t, 503, 413, 202, 400)
	r := taken.reporter(t)
	for _, outcome := range []string{"expired", "audience", "tenant"} {
		r.report(&sighting{Outcome: outcome, Count: 1})
	}
	for {
		if batches, _ := taken.batches(t); len(batches) == 6 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	r.Close()
	batches, numbers := taken.batches(t)
	var said []string
	for _, batch := range batches {
		var outcomes []string
		for _, s := range batch {
			outcomes = append(outcomes, s.Outcome)
		}
		said = append(said, strings.Join(outcomes, "+"))
	}
	if got := strings.Join(said, " "); got != "expired+audience+tenant expired+audience+tenant expired audience+tenant audience tenant" {
		t.Error(got)
	}
	if taken.sent[0] != taken.sent[1] {
		t.Error("a batch is sent again with other bytes")
	}
	// The number of a batch that was refused goes to another: the monitor misses none.
	if got := []int64{numbers[2] - numbers[0], numbers[3] - numbers[0], numbers[4] - numbers[0], numbers[5] - numbers[0]}; !slices.Equal(got, []int64{0, 1, 1, 2}) {
		t.Error(got)
	}
}

func TestWhatWaitsHasALimit(t *testing.T) {
	r := &Reporter{news: make(chan struct{}, 1)}
	for range 20_000 {
		r.report(&sighting{Outcome: "expired"})
	}
	if r.Lost() != 20_000-waitingMax/2 {
		t.Error(r.Lost())
	}
	r.report(&sighting{Outcome: "never-issued", Evidence: "a.b.c"})
	if r.Lost() != 20_000-waitingMax/2 || !r.waiting[0].isForged() {
		t.Error("a forged one has room, and goes first")
	}
}

func TestAnAcknowledgementSaysWhichKeysAreTaken(t *testing.T) {
	w, c := world(t), honest(t)
	v := w.verifier(t, nil)
	if got := outcome(t, v, c); got != "verified" {
		t.Fatal(got)
	}
	said, err := json.Marshal(v.holds())
	if err != nil {
		t.Fatal(err)
	}
	withdrawn, err := parseToken(cases(t)["key-withdrawn"].Token)
	if err != nil {
		t.Fatal(err)
	}
	own, err := parseToken(c.Token)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(said); !strings.Contains(text, own.kid) || strings.Contains(text, withdrawn.kid) || !strings.Contains(text, `"name":"s1g1"`) {
		t.Error(text)
	}
}
