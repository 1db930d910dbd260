package verifier

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"strings"
	"testing"
	"time"
)

const boundToken = "header.payload.signature"

var (
	proofNow   = time.Unix(1_800_000_000, 0)
	proofCount = 0
)

func newProofKey(t *testing.T) (*ecdsa.PrivateKey, object) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	point := public.Bytes()
	return key, object{"crv": "P-256", "kty": "EC", "x": encodeURL(point[1:33]), "y": encodeURL(point[33:])}
}

// proofOf makes a proof that is good but for what is changed: members of the header or of the claims, nil for none.
func proofOf(t *testing.T, key *ecdsa.PrivateKey, jwk object, change object) string {
	t.Helper()
	ath := sha256.Sum256([]byte(boundToken))
	proofCount++
	header := object{"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}
	claims := object{
		"jti": "p" + strconv.Itoa(proofCount), "htm": "GET", "htu": "https://MAIL.example:443/a/../inbox", "iat": proofNow.Unix(),
		"ath": encodeURL(ath[:]),
	}
	for name, value := range change {
		into := claims
		if name == "alg" || name == "typ" || name == "jwk" || name == "crit" {
			into = header
		}
		if into[name] = value; value == nil {
			delete(into, name)
		}
	}
	input := encodeURL([]byte(canonical(header))) + "." + encodeURL([]byte(canonical(claims)))
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return input + "." + encodeURL(signature)
}

func TestAProofCountsForItsRequestItsTokenAndItsKeyOnce(t *testing.T) {
	key, jwk := newProofKey(t)
	other, otherJwk := newProofKey(t)
	read, err := parseJwk(&members{object: object{"crv": "P-256", "kty": "EC", "x": jwk["x"], "y": jwk["y"]}})
	if err != nil {
		t.Fatal(err)
	}
	bound := &token{bound: true, boundKey: read.thumbprint}
	p := possession{func() time.Time { return proofNow }, proofNow.Unix() - 30, newReplayWindow()}
	request := Request{Method: "GET", URL: "https://mail.example/inbox?page=2"}
	check := func(proof string) string {
		request.DPoP = proof
		if err := p.require(boundToken, bound, BearerAllowed, request); err != nil {
			return code(t, nil, err)
		}
		return "held"
	}
	used := proofOf(t, key, jwk, nil)
	if got := check(used); got != "held" {
		t.Fatal(got)
	}
	for name, proof := range map[string]string{
		"used":              used,
		"another method":    proofOf(t, key, jwk, object{"htm": "POST"}),
		"another path":      proofOf(t, key, jwk, object{"htu": "https://mail.example/outbox"}),
		"another host":      proofOf(t, key, jwk, object{"htu": "https://mail.example.org/inbox"}),
		"plain HTTP":        proofOf(t, key, jwk, object{"htu": "http://mail.example/inbox"}),
		"a user":            proofOf(t, key, jwk, object{"htu": "https://ann@mail.example/inbox"}),
		"too old":           proofOf(t, key, jwk, object{"iat": proofNow.Unix() - 61}),
		"before the start":  proofOf(t, key, jwk, object{"iat": proofNow.Unix() - 31}),
		"from the future":   proofOf(t, key, jwk, object{"iat": proofNow.Unix() + 61}),
		"another token":     proofOf(t, key, jwk, object{"ath": "another"}),
		"no token":          proofOf(t, key, jwk, object{"ath": nil}),
		"no name":           proofOf(t, key, jwk, object{"jti": ""}),
		"another type":      proofOf(t, key, jwk, object{"typ": "jwt"}),
		"another key":       proofOf(t, other, otherJwk, nil),
		"another signer":    proofOf(t, other, jwk, nil),
		"another algorithm": proofOf(t, key, jwk, object{"alg": "EdDSA"}),
		"a critical header": proofOf(t, key, jwk, object{"crit": []any{"x"}}),
		"a private key":     proofOf(t, key, object{"crv": "P-256", "kty": "EC", "x": jwk["x"], "y": jwk["y"], "d": jwk["x"]}, nil),
		"nonsense":          "nonsense",
		"too long":          proofOf(t, key, jwk, nil) + strings.Repeat("A", dpopMax),
	} {
		if got := check(proof); got != "binding-invalid" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := check(""); got != "binding-missing" {
		t.Error(got)
	}
	if got := check(proofOf(t, key, jwk, nil)); got != "held" {
		t.Error(got)
	}
}

func TestATokenIsBoundAsTheServiceWantsIt(t *testing.T) {
	p := possession{func() time.Time { return proofNow }, proofNow.Unix(), newReplayWindow()}
	certificate := &token{bound: true, boundCertificate: "abc"}
	for name, c := range map[string]struct {
		token   *token
		binding Binding
		shown   string
		expect  string
	}{
		"free":                {&token{}, BearerAllowed, "", "held"},
		"free, bound wanted":  {&token{}, BindingRequired, "", "binding-missing"},
		"in an unknown way":   {&token{bound: true, bindingUnknown: true}, BearerAllowed, "", "binding-missing"},
		"no certificate":      {certificate, BearerAllowed, "", "binding-missing"},
		"another certificate": {certificate, BearerAllowed, "abd", "binding-invalid"},
		"its certificate":     {certificate, BindingRequired, "abc", "held"},
	} {
		got := "held"
		if err := p.require(boundToken, c.token, c.binding, Request{Certificate: c.shown}); err != nil {
			got = code(t, nil, err)
		}
		if got != c.expect {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestOneKeyThatFloodsShutsOutItself(t *testing.T) {
	w := newReplayWindow()
	later := proofNow.Add(61 * time.Second)
	taken := 0
	for w.Take("flood", "f"+strconv.Itoa(taken), proofNow, later) == nil {
		taken++
	}
	if taken != dpopShareMax {
		t.Error(taken)
	}
	if w.Take("other", "o", proofNow, later) != nil || w.Take("other", "o", proofNow, later) == nil {
		t.Error("another key's proof counts once")
	}
	if err := w.Take("flood", "later", later.Add(time.Second), later.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	// The clock goes back: what was forgotten does not come back.
	if w.Take("other", "o", proofNow, later) == nil {
		t.Error("a proof that was forgotten counts again")
	}
}
