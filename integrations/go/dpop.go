package verifier

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Proofs of possession (RFC 9449 4.3, 7.1): that the client which sends a request holds the key to which its token is
// bound, and made the proof just now, for this request, and for this once.

const (
	dpopAlgorithms = "ES256 PS256 EdDSA Ed25519"
	dpopMax        = 8 << 10
	dpopValuesMax  = 64
	dpopNameMax    = 256
	dpopWindow     = 60
	dpopProofsMax  = 100_000
	dpopShareMax   = dpopProofsMax / 8 // one key fills no more of it, so that a client which floods it shuts out itself
)

// UsedProofs remembers which DPoP proofs were used. It decides and remembers in one step: of two processes that take the
// same proof at the same time, one hears nil.
type UsedProofs interface {
	Take(holder, use string, now, forgetAt time.Time) error
}

type possession struct {
	now    func() time.Time
	madeAt int64
	used   UsedProofs
}

// require refuses the token unless the sender of the request holds what the token is bound to.
func (p possession) require(text string, t *token, binding Binding, request Request) error {
	missing := func(reason string) error { return refuse("binding-missing", reason) }
	switch {
	case t.bindingUnknown:
		return missing("token is bound in a way that cannot be checked here")
	case binding == BindingRequired && !t.bound:
		return missing("a token bound to its client is wanted")
	// First: it uses up no proof.
	case t.boundCertificate != "" && request.Certificate == "":
		return missing("token is bound to a certificate and came without one")
	case t.boundCertificate != "" && request.Certificate != t.boundCertificate:
		return refuse("binding-invalid", "token is bound to another certificate")
	case t.boundKey == "":
		return nil
	case request.DPoP == "" || request.Method == "" || request.URL == "":
		return missing("token is bound to a key and came without a proof")
	}
	if err := p.requireProof(text, t.boundKey, request); err != nil {
		return refuse("binding-invalid", err.Error())
	}
	return nil
}

func (p possession) requireProof(text, thumbprint string, request Request) error {
	parts := strings.SplitN(request.DPoP, ".", 4)
	if len(request.DPoP) > dpopMax || len(parts) != 3 {
		return errors.New("proof is too long, or not header.payload.signature")
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64URL(part); err != nil {
			return err
		}
	}
	header, err := strictObject(decoded[0], dpopMax, dpopValuesMax)
	if err != nil {
		return err
	}
	claims, err := strictObject(decoded[1], dpopMax, dpopValuesMax)
	if err != nil {
		return err
	}
	h, c := &members{object: header}, &members{object: claims}
	h.allowOnly("alg", "typ", "jwk", "kid")
	if h.text("typ") != "dpop+jwt" {
		h.fail("proof is of another type")
	}
	alg, jwk := h.text("alg"), h.inner("jwk")
	if h.fault != nil {
		return h.fault
	}
	holder, err := signer(alg, jwk, parts[0]+"."+parts[1], decoded[2])
	if err != nil {
		return err
	}
	name, issued, now := c.text("jti"), c.wholeTo("iat", timeMax), p.now()
	ath := sha256.Sum256([]byte(text))
	switch {
	case c.fault != nil:
	case name == "" || len(name) > dpopNameMax:
		c.fail("proof's jti is empty or too long")
	case c.text("htm") != request.Method:
		c.fail("proof is for another method")
	case !sameURI(c.text("htu"), request.URL):
		c.fail("proof is for another URI")
	case issued < now.Unix()-dpopWindow || issued > now.Unix()+dpopWindow:
		c.fail("proof is too old, or from the future")
	case issued < p.madeAt: // it may have been used before a restart
		c.fail("proof is older than this service's start: make a new one")
	case c.text("ath") != encodeURL(ath[:]):
		c.fail("proof is for another token")
	case holder != thumbprint:
		c.fail("proof is by another key than the token is bound to")
	}
	if c.fault != nil {
		return c.fault
	}
	return p.used.Take(holder, holder+"."+name, now, time.Unix(issued+dpopWindow+1, 0))
}

// signer gives the thumbprint of the key in a proof's header, once that key has signed it.
func signer(alg string, jwk *members, input string, signature []byte) (string, error) {
	if jwk.has("alg") && jwk.text("alg") != alg {
		return "", errors.New("proof's algorithm is not its key's")
	}
	delete(jwk.object, "alg")
	key, err := parseJwk(jwk)
	if err != nil {
		return "", err
	}
	good := false
	switch {
	case alg == "PS256" && key.rsa != nil:
		digest := sha256.Sum256([]byte(input))
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		good = rsa.VerifyPSS(key.rsa, crypto.SHA256, digest[:], signature, options) == nil
	case alg == key.alg && key.rsa == nil, alg == "Ed25519" && key.alg == edDSA:
		code := key.refusal(input, signature)
		good = code == "" || code == "signature-high-s"
	default:
		return "", errors.New("proof's algorithm is not supported, or not its key's")
	}
	if !good {
		return "", errors.New("proof's signature is not good")
	}
	return key.thumbprint, nil
}

// sameURI compares without query and fragment, in the normal form of RFC 3986 6.2.2 and 6.2.3.
func sameURI(a, b string) bool {
	one, two := normalURI(a), normalURI(b)
	return one != "" && one == two
}

func normalURI(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port == "" {
		return ""
	}
	path := u.ResolveReference(u).EscapedPath() // without dot segments
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), ":"+port) + path
}

// replayWindow remembers proofs until each is too old to be taken. When it is full it takes nothing more.
type replayWindow struct {
	mu          sync.Mutex
	uses        map[string]proofUse
	shares      map[string]int
	sweptAt     time.Time
	forgottenTo time.Time
}

type proofUse struct {
	holder   string
	forgetAt time.Time
}

func newReplayWindow() *replayWindow {
	return &replayWindow{uses: map[string]proofUse{}, shares: map[string]int{}}
}

func (w *replayWindow) Take(holder, use string, now, forgetAt time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.sweptAt) >= time.Second {
		w.forget(now)
	}
	if _, there := w.uses[use]; there {
		return errors.New("proof was used before")
	}
	// A clock that went back brings nothing back that was forgotten.
	if !forgetAt.After(w.forgottenTo) {
		return errors.New("whether the proof was used is not known")
	}
	if w.shares[holder] >= dpopShareMax || len(w.uses) >= dpopProofsMax {
		return errors.New("too many proofs are in use: wait a minute")
	}
	w.uses[use] = proofUse{holder, forgetAt}
	w.shares[holder]++
	return nil
}

func (w *replayWindow) forget(now time.Time) {
	w.sweptAt = now
	for name, use := range w.uses {
		if use.forgetAt.After(now) {
			continue
		}
		delete(w.uses, name)
		if use.forgetAt.After(w.forgottenTo) {
			w.forgottenTo = use.forgetAt
		}
		if w.shares[use.holder]--; w.shares[use.holder] == 0 {
			delete(w.shares, use.holder)
		}
	}
}
