package verifier

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// What a service saw of tokens, and what it holds of the key log, told to the monitor in the background
// (spec/sightings.md, spec/acknowledgements.md).

const (
	batchMax         = 256
	waitingMax       = 16 << 10
	textMax          = 1024
	collectFor       = 200 * time.Millisecond
	backOffMin       = 250 * time.Millisecond
	backOffMax       = 30 * time.Second
	acknowledgeEvery = 25 * time.Second
	tokenMargin      = 30 * time.Second
	answerMax        = 64 << 10
	keysSaidMax      = 256
)

// forgedWhenSigned are refusals of what the signer would never have signed: with a good signature it is evidence.
var forgedWhenSigned = strings.Fields("malformed algorithm key-tainted key-retired key-too-old issuer domain key-scope-tenant " +
	"key-scope-type key-scope-audience key-scope-binding key-not-active life-too-long past-verify-until token-id wrong-log " +
	"never-issued beyond-tip")

type sighting struct {
	SeenAt        int64  `json:"seen_at_ms"`
	Outcome       string `json:"outcome"`
	Grade         string `json:"grade"`
	Digest        string `json:"digest,omitempty"`
	Kid           string `json:"kid,omitempty"`
	Issuer        string `json:"iss,omitempty"`
	Tenant        string `json:"tenant,omitempty"`
	Subject       string `json:"sub,omitempty"`
	ClientID      string `json:"client_id,omitempty"`
	ID            string `json:"jti,omitempty"`
	IssuedAt      int64  `json:"iat,omitempty"`
	Expires       int64  `json:"exp,omitempty"`
	Service       string `json:"service"`
	Resource      string `json:"resource,omitempty"`
	Action        string `json:"action,omitempty"`
	ClientAddress string `json:"client_address,omitempty"`
	Count         int    `json:"count"`
	Signed        bool   `json:"signed,omitempty"`
	Evidence      string `json:"evidence,omitempty"`
}

func (s *sighting) isForged() bool { return s.Signed || s.Evidence != "" }

// fitting makes a text fit a sighting: its presenter chose it.
func fitting(text string) string {
	runes := []rune(strings.ToValidUTF8(text, "\ufffd"))
	for i, c := range runes {
		if unicode.IsControl(c) {
			runes[i] = '\ufffd'
		}
	}
	for len(utf16Units(string(runes))) > textMax {
		runes = runes[:min(len(runes)-1, textMax)]
	}
	return string(runes)
}

func (v *Verifier) report(seen *found, outcome string, expect Expectations, request Request) {
	if v.options.Sightings == nil {
		return
	}
	s := &sighting{
		SeenAt: v.options.Now().UnixMilli(), Outcome: outcome, Grade: "identifier", Count: 1, Service: fitting(expect.Audience),
		Resource: fitting(request.Resource), Action: fitting(request.Method), ClientAddress: fitting(request.ClientAddress),
	}
	if t := seen.token; t != nil {
		clientID, _ := t.claims["client_id"].(string)
		s.Grade, s.Digest, s.Kid = "digest", encodeURL(t.digest[:]), fitting(t.kid)
		s.Issuer, s.Tenant, s.Subject, s.ID, s.ClientID = fitting(t.issuer), fitting(t.tenant), fitting(t.subject), fitting(t.id), fitting(clientID)
		s.IssuedAt, s.Expires = t.issuedAt, t.expires
		if seen.key != nil && outcome != "accepted" {
			code := seen.key.refusal(t.input, t.signature)
			elsewhere := outcome == "issuer" && seen.key.issuer == t.issuer
			// A whole token is a credential: it leaves only as evidence of a forgery.
			switch signed := code == "" || code == "signature-high-s"; {
			case signed && !elsewhere && slices.Contains(forgedWhenSigned, outcome):
				s.Evidence = seen.text
			default:
				s.Signed = signed
			}
		}
	}
	v.options.Sightings.report(s)
}

// Reporter tells the monitor what was seen of tokens, and which keys this process accepts.
type Reporter struct {
	monitor, instance string
	tokens            *tokenSource
	client            *http.Client

	mu       sync.Mutex
	waiting  []*sighting
	lost     int64
	news     chan struct{}
	closing  chan struct{}
	done     sync.WaitGroup
	sequence int64
	free     []int64 // numbers of batches that were refused for good: they go to others, so that none is missing
	failing  bool
}

// ReporterOptions name the monitor, and the client under which this service is registered with it.
type ReporterOptions struct {
	Monitor  string // the monitor's URL
	Issuer   string // the issuer's URL, as the policy has it
	ClientID string
	Key      []byte // the client's private P-256 key, as a JWK
	Audience string // counterfoil-monitor
	Instance string // this process's name; each process has its own. Host and process number
}

// NewReporter starts a reporter.
func NewReporter(o ReporterOptions) (*Reporter, error) {
	if o.Audience == "" {
		o.Audience = "counterfoil-monitor"
	}
	if o.Instance == "" {
		host, _ := os.Hostname()
		o.Instance = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	client := defaultClient()
	client.Timeout = 5 * time.Second
	tokens, err := newTokenSource(o, client)
	if err != nil || o.Monitor == "" || o.Issuer == "" || o.ClientID == "" {
		return nil, errors.Join(err, errors.New("say monitor, issuer, client and its private P-256 key as a JWK"))
	}
	r := &Reporter{
		monitor: o.Monitor, instance: o.Instance, tokens: tokens, client: client,
		news: make(chan struct{}, 1), closing: make(chan struct{}), sequence: time.Now().UnixMilli(),
	}
	r.done.Add(1)
	go r.send()
	return r, nil
}

// Lost says how many sightings were not reported, and will not be.
func (r *Reporter) Lost() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// Close sends what waits, once, and says that this process leaves.
func (r *Reporter) Close() {
	close(r.closing)
	r.done.Wait()
}

func (r *Reporter) report(s *sighting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := waitingMax / 2
	if s.isForged() || s.Outcome == "accepted" {
		room = waitingMax
	}
	switch {
	case len(r.waiting) >= room:
		r.lost++
	case s.isForged():
		r.waiting = slices.Insert(r.waiting, 0, s)
	default:
		r.waiting = append(r.waiting, s)
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *Reporter) next() []*sighting {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch := slices.Clone(r.waiting[:min(len(r.waiting), batchMax)])
	r.waiting = r.waiting[len(batch):]
	return batch
}

// pause waits, and says false when the reporter closes meanwhile.
func (r *Reporter) pause(d time.Duration) bool {
	select {
	case <-r.closing:
		return false
	case <-time.After(d):
		return true
	}
}

func (r *Reporter) send() {
	defer r.done.Done()
	for open := true; open; {
		select {
		case <-r.news:
			open = r.pause(collectFor)
		case <-r.closing:
			open = false
		}
		for batch := r.next(); len(batch) > 0; batch = r.next() {
			r.deliver(batch)
		}
	}
}

// deliver sends a batch until it is taken, is refused for good, or the reporter closes.
func (r *Reporter) deliver(batch []*sighting) {
	number := r.sequence
	if last := len(r.free) - 1; last >= 0 {
		number, r.free = r.free[last], r.free[:last]
	} else {
		r.sequence++
	}
	// The same bytes however often it is sent, so that it is recorded once.
	body, _ := json.Marshal(map[string]any{"v": 1, "reporter": r.instance, "sequence": number, "lost": r.Lost(), "sightings": batch})
	for wait := backOffMin; ; wait = min(2*wait, backOffMax) {
		status, err := r.post("sightings", body)
		switch {
		case status/100 == 2:
			r.tell(nil)
			return
		case status == 400 || status == 413 || status == 422:
			r.free = append(r.free, number)
			if half := len(batch) / 2; half > 0 {
				r.deliver(batch[:half])
				r.deliver(batch[half:])
				return
			}
			r.lose(1, err)
			return
		}
		r.tell(err)
		if !r.pause(wait) {
			r.lose(len(batch), err)
			return
		}
	}
}

func (r *Reporter) lose(count int, err error) {
	r.tell(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost += int64(count)
}

// tell writes one line when reports fail, and one when they are taken again.
func (r *Reporter) tell(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failing := err != nil; failing != r.failing {
		r.failing = failing
		if failing {
			log.Printf("counterfoil: reports cannot be sent to %s: %v. Check the monitor and this client's key.", r.monitor, err)
		} else {
			log.Printf("counterfoil: the monitor takes reports again; sightings lost so far: %d", r.lost)
		}
	}
}

func (r *Reporter) post(path string, body []byte) (int, error) {
	for again := false; ; again = true {
		token, err := r.tokens.get(again)
		if err != nil {
			return 0, err
		}
		request, err := http.NewRequest(http.MethodPost, r.monitor+"/"+path, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		response, err := r.client.Do(request)
		if err != nil {
			return 0, err
		}
		io.Copy(io.Discard, io.LimitReader(response.Body, answerMax))
		response.Body.Close()
		if response.StatusCode == http.StatusUnauthorized && !again {
			continue
		}
		if response.StatusCode/100 != 2 {
			err = statusError(response.StatusCode)
		}
		return response.StatusCode, err
	}
}

// follow acknowledges what a verifier holds: when its key log has changed, and else twice a minute.
func (r *Reporter) follow(holds func() map[string]any) {
	defer r.done.Done()
	var said map[string]any
	var size, saidAt = int64(-1), time.Time{}
	acknowledge := func(held map[string]any) error {
		held["at_ms"] = time.Now().UnixMilli()
		body, _ := json.Marshal(held)
		_, err := r.post("acknowledgements", body)
		return err
	}
	for r.pause(2 * time.Second) {
		held := holds()
		if held == nil {
			continue
		}
		held["v"], held["instance"] = 1, r.instance
		now := held["key_log"].(map[string]any)["size"].(int64)
		if now == size && time.Since(saidAt) < acknowledgeEvery {
			continue
		}
		err := acknowledge(held)
		if r.tell(err); err == nil {
			said, size, saidAt = held, now, time.Now()
		}
	}
	if said != nil {
		said["leaving"] = true
		_ = acknowledge(said) // nobody misses a process that a monitor does not hear of
	}
}

// holds is what an acknowledgement says; nil before the key log could be read.
func (v *Verifier) holds() map[string]any {
	_, _ = v.own.state(context.Background(), &v.options) // what is held is said also while the issuer is away
	v.own.mu.Lock()
	state := v.own.held
	v.own.mu.Unlock()
	if state == nil {
		return nil
	}
	now := v.options.Now()
	var keys []*statedKey
	for kid, key := range state.keys {
		if _, withdrawn := state.withdrawn[kid]; !withdrawn && now.Unix() < key.verifyUntil {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b *statedKey) int { return int(b.activeFrom - a.activeFrom) })
	kids := []string{}
	for _, key := range keys[:min(len(keys), keysSaidMax)] {
		kids = append(kids, key.thumbprint)
	}
	logs := []map[string]any{}
	v.mu.Lock()
	services := slices.Sorted(maps.Keys(v.services))
	for name, view := range v.views {
		if tip, _ := view.newest(); tip.N > 0 && len(logs) < 16 {
			logs = append(logs, map[string]any{"name": name, "size": tip.N, "root": encodeURL(tip.Hash[:])})
		}
	}
	v.mu.Unlock()
	mode := "tiles"
	if v.options.Stapling == StaplingRequired {
		mode = "stapled"
	}
	return map[string]any{
		"domain": v.own.policy.domain, "services": services, "keys": kids, "mode": mode, "logs": logs,
		"key_log": map[string]any{
			"size": state.tree.N, "root": encodeURL(state.tree.Hash[:]), "counted": state.tree.N,
			"lag_ms": max(0, now.UnixMilli()-state.time*1000),
		},
	}
}

// tokenSource gets access tokens by client credentials with private_key_jwt (RFC 7523 2.2).
type tokenSource struct {
	options ReporterOptions
	client  *http.Client
	key     *ecdsa.PrivateKey
	kid     string

	mu    sync.Mutex
	held  string
	until time.Time
}

func newTokenSource(o ReporterOptions, client *http.Client) (*tokenSource, error) {
	read, err := strictObject(o.Key, answerMax, dpopValuesMax)
	if err != nil {
		return nil, err
	}
	jwk := &members{object: read}
	d, err := base64URL(jwk.text("d"))
	if err != nil || jwk.text("crv") != "P-256" {
		return nil, errors.New(notItsKey)
	}
	private, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		return nil, errors.New(notItsKey)
	}
	point := private.PublicKey().Bytes()
	key := &ecdsa.PrivateKey{D: new(big.Int).SetBytes(d)}
	key.Curve, key.X, key.Y = elliptic.P256(), new(big.Int).SetBytes(point[1:33]), new(big.Int).SetBytes(point[33:])
	kid, _ := read["kid"].(string)
	return &tokenSource{options: o, client: client, key: key, kid: kid}, nil
}

func (s *tokenSource) get(rejected bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !rejected && time.Now().Before(s.until) {
		return s.held, nil
	}
	assertion, err := s.assertion()
	if err != nil {
		return "", err
	}
	response, err := s.client.PostForm(s.options.Issuer+"/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {s.options.ClientID}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"audience":              {s.options.Audience}, "scope": {"counterfoil:sightings"},
	})
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct {
		Token  string `json:"access_token"`
		Life   int64  `json:"expires_in"`
		Reason string `json:"error"`
	}
	err = json.NewDecoder(io.LimitReader(response.Body, answerMax)).Decode(&answer)
	if err != nil || answer.Token == "" {
		return "", fmt.Errorf("client %s gets no access token: status %d %.200q", s.options.ClientID, response.StatusCode, answer.Reason)
	}
	s.held, s.until = answer.Token, time.Now().Add(time.Duration(answer.Life)*time.Second-tokenMargin)
	return s.held, nil
}

func (s *tokenSource) assertion() (string, error) {
	now := time.Now().Unix()
	header := object{"alg": es256}
	if s.kid != "" {
		header["kid"] = s.kid
	}
	claims := object{
		"iss": s.options.ClientID, "sub": s.options.ClientID, "aud": s.options.Issuer, "jti": rand.Text(),
		"iat": now, "exp": now + 60,
	}
	input := encodeURL([]byte(canonical(header))) + "." + encodeURL([]byte(canonical(claims)))
	digest := sha256.Sum256([]byte(input))
	r, t, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	t.FillBytes(signature[32:])
	return input + "." + encodeURL(signature), nil
}
