// Package verifier verifies Counterfoil's access tokens: one call, which gives the claims of a token that was checked in
// every respect and was issued, or a *Refusal. docs/integrate/verifying.md has the order of the checks and the codes.
package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tokensMax   = 50_000
	servicesMax = 16
)

// Options may be left empty.
type Options struct {
	Neighbours   [][]byte         // policies of other domains, whose keys are known only to be recognised
	Read         Reader           // HTTPReader of a client that takes two seconds at most
	Now          func() time.Time // time.Now
	StaleAfter   time.Duration    // how old the head of the key log may be: five minutes
	RefreshEvery time.Duration    // how often the key log is read: two seconds
	TipWait      time.Duration    // how long a young token waits for its log: one second
	Stapling     Stapling         // what is done with proofs that clients send: they are ignored
	Sightings    *Reporter        // tells the monitor what was seen. Without it nobody hears of what is refused
	UsedProofs   UsedProofs       // remembers DPoP proofs: in this process. Processes behind one address share a store
}

// Stapling says what is done with the proofs of issuing that clients send.
type Stapling int

const (
	StaplingIgnored Stapling = iota
	StaplingAccepted
	StaplingRequired
)

// Binding says whether a service takes tokens that are bound to nobody's key. One that is bound wants its proof in
// either case.
type Binding int

const (
	BearerAllowed Binding = iota + 1
	BindingRequired
)

// Expectations are a service's own; none can be left out, but for the token's type.
type Expectations struct {
	Audience  string   // the service's own name
	Tenants   []string // whose tokens it honours; "*" for any, and then it keeps their data apart
	Binding   Binding
	TokenType string // at+jwt
	// AttachedIssuers are issuers that keep their own iss and keys, whose recorded tokens are honoured too
	// (docs/integrate/attached-issuers.md). Two issuers may give one sub to two people: see Verified.Issuer.
	AttachedIssuers []string
}

// Request is what a token came with.
type Request struct {
	Method, URL             string // as the client sees them: not from what the client sends
	DPoP                    string // the header of this name
	Certificate             string // SHA-256 in base64url of the certificate that the client showed in its TLS handshake
	Proof                   string // the header Counterfoil-Proof
	Resource, ClientAddress string // for sightings
}

// Verified is a token that was checked in every respect and was issued.
type Verified struct {
	Issuer, Subject, Tenant, Scope string
	Claims                         map[string]any // whole numbers are int64
	TokenID, KeyID                 string
	Position                       int64
	AuditID                        string // names the token in the service's records, and is useless to those who read them
}

// Verifier is one for a process; its methods may be called at any time from anywhere.
type Verifier struct {
	own        *domainKeys
	neighbours []*domainKeys
	options    Options
	possession possession

	mu       sync.Mutex
	views    map[string]*logView
	known    map[[sha256.Size]byte]*token // verified before: signature and record are not looked at again
	services map[string]bool
}

// New makes a verifier from the bytes of a policy file.
func New(policyFile []byte, options Options) (*Verifier, error) {
	if options.Read == nil {
		options.Read = HTTPReader(defaultClient())
	}
	options.Read = guarded(options.Read, time.Now)
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.UsedProofs == nil {
		options.UsedProofs = newReplayWindow()
	}
	for duration, otherwise := range map[*time.Duration]time.Duration{
		&options.StaleAfter: 5 * time.Minute, &options.RefreshEvery: 2 * time.Second, &options.TipWait: time.Second,
	} {
		if *duration == 0 {
			*duration = otherwise
		}
	}
	v := &Verifier{
		options: options, possession: possession{options.Now, options.Now().Unix(), options.UsedProofs},
		views: map[string]*logView{}, known: map[[sha256.Size]byte]*token{}, services: map[string]bool{},
	}
	for i, file := range append([][]byte{policyFile}, options.Neighbours...) {
		read, err := parsePolicy(file)
		if err != nil {
			return nil, err
		}
		if keys := (&domainKeys{policy: read}); i == 0 {
			v.own = keys
		} else {
			v.neighbours = append(v.neighbours, keys)
		}
	}
	if options.Sightings != nil {
		options.Sightings.done.Add(1)
		go options.Sightings.follow(v.holds)
	}
	return v, nil
}

// Verify verifies a token that came without anything else.
func (v *Verifier) Verify(ctx context.Context, token string, expect Expectations) (*Verified, error) {
	return v.VerifyRequest(ctx, token, expect, Request{})
}

// VerifyRequest verifies a token for a service. The error is a *Refusal, unless the expectations are not complete.
func (v *Verifier) VerifyRequest(ctx context.Context, token string, expect Expectations, request Request) (*Verified, error) {
	if expect.TokenType == "" {
		expect.TokenType = "at+jwt"
	}
	if expect.Audience == "" || len(expect.Tenants) == 0 || (expect.Binding != BearerAllowed && expect.Binding != BindingRequired) {
		return nil, errors.New("say audience, tenants and binding")
	}
	name := sha256.Sum256([]byte(token))
	v.mu.Lock()
	known := v.known[name]
	if len(v.services) < servicesMax {
		v.services[expect.Audience] = true
	}
	v.mu.Unlock()
	seen := &found{text: token, token: known}
	verified, err := v.check(ctx, seen, known != nil, expect, request)
	var refusal *Refusal
	switch {
	case err == nil && known == nil:
		v.remember(name, seen.token)
		v.report(seen, "accepted", expect, request)
	case errors.As(err, &refusal):
		v.report(seen, refusal.Code, expect, request)
	}
	return verified, err
}

func (v *Verifier) remember(name [sha256.Size]byte, t *token) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= tokensMax {
		clear(v.known)
	}
	v.known[name] = t
}

// found is what the checks found out about a token, as far as they came.
type found struct {
	text  string
	token *token
	key   *statedKey
}

func (v *Verifier) check(ctx context.Context, seen *found, known bool, expect Expectations, request Request) (verified *Verified, err error) {
	if !known {
		if seen.token, err = v.parse(ctx, seen.text); err != nil {
			return nil, err
		}
	}
	t := seen.token
	if t.issuer != v.own.policy.issuer && !t.foreign {
		if own, err := v.own.state(ctx, &v.options); err == nil {
			seen.key = own.keys[t.kid]
		}
		if seen.key == nil {
			seen.key = v.neighboursKey(ctx, t.kid)
		}
		return nil, refuse("issuer", "token is of another issuer")
	}
	state, err := v.own.state(ctx, &v.options)
	if err != nil {
		return nil, err
	}
	now := v.options.Now().Unix()
	if err := v.findKey(ctx, seen, state, now); err != nil {
		return nil, err
	}
	key := seen.key
	if t.foreign {
		if err := t.requireForeign(key, v.own.policy, &expect); err != nil {
			return nil, err
		}
	}
	if err := t.requireExpected(expect, now); err != nil {
		return nil, err
	}
	if key.recordForm == "digest" && t.foreign {
		return v.checkByDigest(ctx, seen, state, known, expect, request)
	}
	if key.recordForm != "position" || key.issuer != t.issuer {
		return nil, refuse("key-unknown", "tokens that nobody records are not verified here")
	}
	log, position, err := t.place()
	if err != nil {
		return nil, err
	}
	if log != key.log {
		return nil, refuse("wrong-log", "token names another log than its key's")
	}
	if err := t.requireUnrevoked(state, log, position); err != nil {
		return nil, err
	}
	if !known {
		if code := key.refusal(t.input, t.signature); code != "" {
			return nil, refuse(code, "token's signature is not good, or cannot be checked here")
		}
	}
	if err := v.possession.require(seen.text, t, expect.Binding, request); err != nil {
		return nil, err
	}
	if size, over := state.ended[log]; over && position >= size {
		return nil, refuse("beyond-tip", "the token's log ended before its position")
	}
	if err := v.requireIssued(ctx, state.logs[log], position, t, known, request.Proof); err != nil {
		return nil, err
	}
	return &Verified{t.issuer, t.subject, t.tenant, t.scope, t.claims, t.id, t.kid, position, encodeURL(t.digest[:])}, nil
}

// checkByDigest goes on with a token that another issuer composed.
func (v *Verifier) checkByDigest(ctx context.Context, seen *found, state *keyState, known bool, expect Expectations, request Request) (*Verified, error) {
	t, key := seen.token, seen.key
	if !known {
		if code := key.refusal(t.input, t.signature); code != "" && code != "signature-high-s" {
			return nil, refuse(code, "token's signature is not good, or cannot be checked here")
		}
	}
	if err := v.possession.require(seen.text, t, expect.Binding, request); err != nil {
		return nil, err
	}
	if known {
		if err := v.requireIssued(ctx, t.log, t.position, t, known, ""); err != nil {
			return nil, err
		}
	} else if err := v.requireRecorded(ctx, state, key.log, t, request.Proof); err != nil {
		return nil, err
	}
	if err := t.requireUnrevoked(state, t.log.name, t.position); err != nil {
		return nil, err
	}
	if size, over := state.ended[t.log.name]; over && t.position >= size {
		return nil, refuse("beyond-tip", "the token's log ended before its position")
	}
	return &Verified{t.issuer, t.subject, t.tenant, t.scope, t.claims, t.id, t.kid, t.position, encodeURL(t.digest[:])}, nil
}

func (v *Verifier) requireIssued(ctx context.Context, log *tokenLog, position int64, t *token, known bool, header string) error {
	view := v.view(log.name)
	// The log's leaf data is a version byte and the digest (spec/leaf.md).
	leaf := tlog.RecordHash(append([]byte{1}, t.digest[:]...))
	switch {
	case known:
		return view.requireOneHistory()
	case v.options.Stapling == StaplingIgnored || (v.options.Stapling == StaplingAccepted && header == ""):
		return view.requireIssued(ctx, log, position, leaf, v.options.Read, v.options.TipWait)
	case header == "":
		return refuse("proof-missing", "no proof came with the token")
	}
	sent, err := parseProofHeader(header)
	if err != nil {
		return refuse("proof-malformed", "what came as the proof is none")
	}
	tree, err := sent.require(log.key, position, leaf)
	if err != nil {
		return err
	}
	return view.requireShown(ctx, log, tree, v.options.Read, v.options.Now())
}

// findKey gives the token its key: stated, not withdrawn, of this algorithm, and with a scope that holds the token.
func (v *Verifier) findKey(ctx context.Context, seen *found, state *keyState, now int64) error {
	t := seen.token
	in := state.delegations.at(now)
	if in == nil {
		return refuse("keys-unavailable", "no delegation stands")
	}
	seen.key = state.keys[t.kid]
	if reason, withdrawn := state.withdrawn[t.kid]; withdrawn {
		if reason == "ended" && now >= t.expires {
			return refuse("expired", "token is expired")
		}
		return refuse("key-withdrawn", "token's key was withdrawn")
	}
	if seen.key == nil || !in.admits(seen.key) {
		if seen.key = v.neighboursKey(ctx, t.kid); seen.key != nil {
			return refuse("domain", "token's key is a key of another trust domain")
		}
		return refuse("key-unknown", "token's key is not in the key set")
	}
	if seen.key.alg != t.alg {
		return refuse("algorithm", "token's algorithm is not its key's")
	}
	return t.requireScope(seen.key, in)
}

func (v *Verifier) neighboursKey(ctx context.Context, kid string) *statedKey {
	for _, neighbour := range v.neighbours {
		if other, err := neighbour.state(ctx, &v.options); err == nil && other.keys[kid] != nil {
			return other.keys[kid]
		}
	}
	return nil
}

func (t *token) requireExpected(expect Expectations, now int64) error {
	switch {
	case t.typ != expect.TokenType:
		return refuse("token-type", "token is of another type")
	case !slices.Contains(t.audiences, expect.Audience):
		return refuse("audience", "token is for another audience")
	case !allows(expect.Tenants, t.tenant):
		return refuse("tenant", "token is of another tenant")
	case now >= t.expires:
		return refuse("expired", "token is expired")
	case max(t.issuedAt, t.notBefore) > now+timeSkew:
		return refuse("not-yet-valid", "token is not valid yet")
	}
	return nil
}

func (v *Verifier) view(log string) *logView {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.views[log] == nil {
		v.views[log] = newLogView()
	}
	return v.views[log]
}

// domainKeys is the mirrored key log of a domain; what was read last is good for as long as its head says.
type domainKeys struct {
	policy *policy

	reading sync.Mutex // held while the log is read

	mu     sync.Mutex
	held   *keyState
	readAt time.Time
	forked bool
}

func (d *domainKeys) state(ctx context.Context, options *Options) (*keyState, error) {
	d.mu.Lock()
	first, due := d.held == nil, d.readAt.IsZero() || options.Now().Sub(d.readAt) >= options.RefreshEvery
	d.mu.Unlock()
	// One reads, and the others take what is held; before there is anything they wait.
	if due || first {
		if first {
			d.reading.Lock()
		}
		if first || d.reading.TryLock() {
			d.refresh(ctx, options)
			d.reading.Unlock()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.forked:
		return nil, refuse("key-log-forked", "the key log has signed two histories")
	case d.held == nil:
		return nil, refuse("keys-unavailable", "no key log that verifies could be had")
	// As fresh as the head's time says, however fresh the fetch.
	case options.Now().Sub(time.Unix(d.held.time, 0)) > options.StaleAfter:
		return nil, refuse("keys-stale", "the key log is too old")
	}
	return d.held, nil
}

func (d *domainKeys) refresh(ctx context.Context, options *Options) {
	d.mu.Lock()
	before, now := d.held, options.Now()
	due := d.readAt.IsZero() || now.Sub(d.readAt) >= options.RefreshEvery
	d.mu.Unlock()
	if !due {
		return
	}
	// A request that ends does not end what others wait for; each read has a limit of its own.
	next, err := mirror(context.WithoutCancel(ctx), d.policy, options.Read, now.Unix(), before)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readAt = now
	if err == nil {
		d.held = next
	}
	d.forked = d.forked || errors.Is(err, errFork)
}
