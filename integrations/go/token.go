package verifier

import (
	"crypto/sha256"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	tokenMax        = 16 << 10
	tokenValuesMax  = 256
	headerValuesMax = 16
	signatureMax    = 4096
	audiencesMax    = 64
	timeSkew        = 30
)

var tokenIDForm = regexp.MustCompile(`^([a-z0-9][a-z0-9-]{0,15})\.(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{43})$`)

// Refusal says why a token must not be honoured.
type Refusal struct {
	Code   string // of docs/reference/refusal-codes.md: the same across versions
	Reason string // safe to log; never repeats the token
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Reason }

func refuse(code, reason string) error { return &Refusal{code, reason} }

// token is one that was taken apart, and not yet checked.
type token struct {
	alg, kid, typ, input                      string
	issuer, subject, tenant, id, scope, group string
	audiences                                 []string
	issuedAt, expires, notBefore              int64
	bound, bindingUnknown                     bool
	boundKey, boundCertificate                string
	claims                                    object
	signature                                 []byte
	digest                                    [sha256.Size]byte
	foreign                                   bool      // another issuer composed it
	log                                       *tokenLog // its record log, of a foreign one
	position                                  int64     // there
}

// parseToken takes a token apart; every other spelling is malformed.
func parseToken(text string) (*token, error) {
	t, err := readToken(text)
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		return nil, refuse("malformed", err.Error())
	}
	return t, err
}

func readToken(text string) (*token, error) {
	t, err := readSpelled(text, tokenValuesMax, "alg", "kid", "typ")
	if err != nil {
		return nil, err
	}
	return t, t.readClaims(&members{object: t.claims})
}

// readForeign takes apart what another issuer composed. With an error and a token, its header could be read.
func readForeign(text string) (*token, error) {
	t, err := readSpelled(text, foreignValuesMax, "alg", "kid", "typ", "x5t", "x5t#S256")
	if t == nil {
		return nil, err
	}
	if err == nil {
		err = t.readForeignClaims(&members{object: t.claims})
	}
	return t, err
}

func readSpelled(text string, valuesMax int, names ...string) (*token, error) {
	parts := strings.SplitN(text, ".", 4)
	if len(text) > tokenMax || len(parts) != 3 || parts[0] == "" {
		return nil, errors.New("token is too long, or not header.payload.signature")
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64URL(part); err != nil {
			return nil, err
		}
	}
	header, err := strictObject(decoded[0], tokenMax, headerValuesMax)
	if err != nil {
		return nil, err
	}
	claims, err := strictObject(decoded[1], tokenMax, valuesMax)
	if err != nil {
		return nil, err
	}
	h := &members{object: header}
	h.allowOnly(names...)
	t := &token{
		alg: h.text("alg"), kid: h.text("kid"), typ: untyped, claims: claims, signature: decoded[2],
		input: parts[0] + "." + parts[1],
	}
	isOurs := len(names) == 3
	if isOurs || h.has("typ") {
		t.typ = h.text("typ")
	}
	if !isOurs && t.alg == "Ed25519" { // RFC 9864 2.2
		t.alg = edDSA
	}
	t.digest = sha256.Sum256([]byte(t.input))
	if len(t.signature) > signatureMax {
		h.fail("signature is too long")
	}
	if h.fault != nil {
		return nil, h.fault
	}
	// Said of the header alone, before anything that the claims say.
	if !slices.Contains([]string{es256, rs256, edDSA, mlDsa44}, t.alg) {
		return t, refuse("algorithm", "algorithm is not supported")
	}
	return t, nil
}

// readForeignClaims reads those of another issuer's token, which may lack some that ours have.
func (t *token) readForeignClaims(m *members) error {
	claims := object{}
	for name, value := range t.claims {
		claims[name] = value
	}
	for name, otherwise := range map[string]any{"tenant": "", "jti": "", "client_id": "", "aud": ""} {
		if !m.has(name) {
			claims[name] = otherwise
		}
	}
	delete(claims, "revocation_group")
	err := t.readClaims(&members{object: claims})
	if !m.has("aud") {
		t.audiences = nil
	}
	return err
}

func (t *token) readClaims(m *members) error {
	if t.typ == "at+jwt" || m.has("client_id") {
		m.text("client_id")
	}
	if m.has("scope") {
		t.scope = m.text("scope")
	}
	if t.bound = m.has("cnf"); t.bound {
		confirmation := m.inner("cnf")
		// Bound in a way that cannot be checked here: to something else besides, or to nothing.
		t.bindingUnknown = len(confirmation.object) == 0
		for name := range confirmation.object {
			switch name {
			case "jkt":
				t.boundKey = confirmation.text(name)
			case "x5t#S256":
				t.boundCertificate = confirmation.text(name)
			default:
				t.bindingUnknown = true
			}
		}
		if confirmation.fault != nil {
			return confirmation.fault
		}
	}
	if one, isText := m.object["aud"].(string); isText {
		t.audiences = []string{one}
	} else {
		t.audiences = m.texts("aud")
	}
	if len(t.audiences) < 1 || len(t.audiences) > audiencesMax {
		m.fail("member aud is empty or too long")
	}
	t.issuer, t.subject, t.tenant, t.id = m.text("iss"), m.text("sub"), m.text("tenant"), m.text("jti")
	t.issuedAt, t.expires = m.wholeTo("iat", timeMax), m.wholeTo("exp", timeMax)
	if m.has("nbf") {
		t.notBefore = m.wholeTo("nbf", timeMax)
	}
	if m.has("revocation_group") {
		t.group = m.text("revocation_group")
		if handle, err := base64URL(t.group); err != nil || len(handle) != groupBytes {
			m.fail("member revocation_group is no handle")
		}
	}
	return m.fault
}

// place gives what the token's identifier names.
func (t *token) place() (log string, position int64, err error) {
	id := tokenIDForm.FindStringSubmatch(t.id)
	if id == nil || !isHash(id[3]) {
		return "", 0, refuse("token-id", "jti is not log.position.commitment")
	}
	position, err = strconv.ParseInt(id[2], 10, 64)
	return id[1], position, err
}

// requireScope says where and when the key may sign, by its statement (spec/keys.md).
func (t *token) requireScope(key *statedKey, in *delegation) error {
	code := ""
	switch {
	case t.issuedAt >= key.activeFrom+key.ceiling(in):
		code = "key-too-old"
	case !allows(key.tenants, t.tenant):
		code = "key-scope-tenant"
	case !allows(key.tokenTypes, t.typ):
		code = "key-scope-type"
	case slices.ContainsFunc(t.audiences, func(audience string) bool { return !allows(key.audiences, audience) }):
		code = "key-scope-audience"
	case key.binding == "required" && !t.bound:
		code = "key-scope-binding"
	case t.expires <= t.issuedAt || t.expires > t.issuedAt+key.lifeMax:
		code = "life-too-long"
	case t.issuedAt < key.activeFrom || t.issuedAt >= key.activeUntil:
		code = "key-not-active"
	case t.expires > key.verifyUntil:
		code = "past-verify-until"
	default:
		return nil
	}
	return refuse(code, "key may not sign this")
}

// requireUnrevoked says that neither the token nor its key, at this position, is revoked.
func (t *token) requireUnrevoked(s *keyState, log string, position int64) error {
	code := ""
	if from, there := s.tainted[t.kid]; there && t.issuedAt >= from {
		code = "key-tainted"
	} else if at, there := s.retired[t.kid]; there && t.issuedAt > at {
		code = "key-retired"
	} else if s.isRevoked(t.kid, log, position) {
		code = "key-revoked"
	} else if s.revoked.tokens[tokenName{log, position}] || (t.group != "" && t.issuedAt < s.revoked.groups[t.group]) {
		code = "token-revoked"
	} else {
		return nil
	}
	return refuse(code, "token or its key is revoked")
}
