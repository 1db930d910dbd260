// Package verifier verifies Counterfoil's access tokens: one call, which gives the claims of a token that was checked in
// every respect and was issued, or a *Refusal. docs/integrate/verifying.md has the order of the checks and the codes.
package verifier

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Options may be left empty.
type Options struct {
	Neighbours   [][]byte         // policies of other domains, whose keys are known only to be recognised
	Read         Reader           // HTTPReader of a client that takes two seconds at most
	Now          func() time.Time // time.Now
	StaleAfter   time.Duration    // how old the head of the key log may be: five minutes
	RefreshEvery time.Duration    // how often the key log is read: two seconds
	TipWait      time.Duration    // how long a young token waits for its log: one second
}

// Binding says whether a service takes tokens that are bound to nobody's key. One that is bound is refused in either
// case: proofs of possession are not checked here.
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
}

// Verified is a token that was checked in every respect and was issued.
type Verified struct {
	Subject, Tenant, Scope string
	Claims                 map[string]any // whole numbers are int64
	TokenID, KeyID         string
	Position               int64
	AuditID                string // names the token in the service's records, and is useless to those who read them
}

// Verifier is one for a process; its methods may be called at any time from anywhere.
type Verifier struct {
	own        *domainKeys
	neighbours []*domainKeys
	options    Options

	mu    sync.Mutex
	views map[string]*logView
}

// New makes a verifier from the bytes of a policy file.
func New(policyFile []byte, options Options) (*Verifier, error) {
	if options.Read == nil {
		options.Read = HTTPReader(defaultClient())
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	for duration, otherwise := range map[*time.Duration]time.Duration{
		&options.StaleAfter: 5 * time.Minute, &options.RefreshEvery: 2 * time.Second, &options.TipWait: time.Second,
	} {
		if *duration == 0 {
			*duration = otherwise
		}
	}
	v := &Verifier{options: options, views: map[string]*logView{}}
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
	return v, nil
}

// Verify verifies a token for a service. The error is a *Refusal, unless the expectations are not complete.
func (v *Verifier) Verify(ctx context.Context, token string, expect Expectations) (*Verified, error) {
	return v.verify(ctx, token, expect, func(view *logView, log *tokenLog, position int64, leaf tlog.Hash) error {
		return view.requireIssued(ctx, log, position, leaf, v.options.Read, v.options.TipWait)
	})
}

// VerifyStapled verifies a token with the proof that its client sent along: the value of the header Counterfoil-Proof.
func (v *Verifier) VerifyStapled(ctx context.Context, token, proofHeader string, expect Expectations) (*Verified, error) {
	return v.verify(ctx, token, expect, func(view *logView, log *tokenLog, position int64, leaf tlog.Hash) error {
		if proofHeader == "" {
			return refuse("proof-missing", "no proof came with the token")
		}
		sent, err := parseProofHeader(proofHeader)
		if err != nil {
			return refuse("proof-malformed", "what came as the proof is none")
		}
		tree, err := sent.require(log.key, position, leaf)
		if err != nil {
			return err
		}
		return view.requireShown(ctx, log, tree, v.options.Read, v.options.Now())
	})
}

type issuedCheck func(view *logView, log *tokenLog, position int64, leaf tlog.Hash) error

func (v *Verifier) verify(ctx context.Context, text string, expect Expectations, issued issuedCheck) (*Verified, error) {
	if expect.TokenType == "" {
		expect.TokenType = "at+jwt"
	}
	if expect.Audience == "" || len(expect.Tenants) == 0 || (expect.Binding != BearerAllowed && expect.Binding != BindingRequired) {
		return nil, errors.New("say audience, tenants and binding")
	}
	t, err := parseToken(text)
	if err != nil {
		return nil, err
	}
	if t.issuer != v.own.policy.issuer {
		return nil, refuse("issuer", "token is of another issuer")
	}
	state, err := v.own.state(ctx, &v.options)
	if err != nil {
		return nil, err
	}
	now := v.options.Now().Unix()
	key, err := v.key(ctx, state, t, now)
	if err != nil {
		return nil, err
	}
	if err := t.requireExpected(expect, now); err != nil {
		return nil, err
	}
	if key.recordForm != "position" {
		return nil, refuse("key-unknown", "tokens of other issuers' keys are not verified here")
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
	if code := key.refusal(t.input, t.signature); code != "" {
		return nil, refuse(code, "token's signature is not good, or cannot be checked here")
	}
	if t.bound || expect.Binding == BindingRequired {
		return nil, refuse("binding-missing", "a proof of possession is wanted, and is not checked here")
	}
	if size, over := state.ended[log]; over && position >= size {
		return nil, refuse("beyond-tip", "the token's log ended before its position")
	}
	// The log's leaf data is a version byte and the digest (spec/leaf.md).
	leaf := tlog.RecordHash(append([]byte{1}, t.digest[:]...))
	if err := issued(v.view(log), state.logs[log], position, leaf); err != nil {
		return nil, err
	}
	return &Verified{t.subject, t.tenant, t.scope, t.claims, t.id, t.kid, position, encodeURL(t.digest[:])}, nil
}

// key gives the token's key: stated, not withdrawn, of this algorithm, and with a scope that holds the token.
func (v *Verifier) key(ctx context.Context, state *keyState, t *token, now int64) (*statedKey, error) {
	in := state.delegations.at(now)
	if in == nil {
		return nil, refuse("keys-unavailable", "no delegation stands")
	}
	if reason, withdrawn := state.withdrawn[t.kid]; withdrawn {
		if reason == "ended" && now >= t.expires {
			return nil, refuse("expired", "token is expired")
		}
		return nil, refuse("key-withdrawn", "token's key was withdrawn")
	}
	key := state.keys[t.kid]
	if key == nil || !in.admits(key) {
		for _, neighbour := range v.neighbours {
			if other, err := neighbour.state(ctx, &v.options); err == nil && other.keys[t.kid] != nil {
				return nil, refuse("domain", "token's key is a key of another trust domain")
			}
		}
		return nil, refuse("key-unknown", "token's key is not in the key set")
	}
	if key.alg != t.alg {
		return nil, refuse("algorithm", "token's algorithm is not its key's")
	}
	return key, t.requireScope(key, in)
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
