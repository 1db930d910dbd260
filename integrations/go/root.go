package verifier

import (
	"crypto/ed25519"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The root and its delegations (spec/keys.md).

const (
	rootType       = "counterfoil-root+json"
	delegationType = "counterfoil-delegation+json"
	payloadMax     = 40 << 10
	holdersMax     = 16
	holderNameMax  = 64
	signaturesHeld = 32
	rootLifeMax    = 3653 * daySeconds
	windowMax      = 30 * daySeconds
	aheadMax       = 390 * daySeconds
	windowsMax     = 13
	versionStepMax = 1000
	daySeconds     = 86_400
	attachedMax    = 32
	issuerMax      = 256
)

var thisHost = regexp.MustCompile(`(?i)^(localhost|127(\.[0-9]{1,3}){3}|::1|0\.0\.0\.0|::)$`)

type root struct {
	version, threshold, expires int64
	hash                        string
	holders                     map[string]*logKey // by thumbprint
}

type delegation struct {
	version, notBefore, notAfter, lifeMax       int64
	domain, issuer                              string
	key                                         *publicKey
	tenants, audiences, tokenTypes, recordForms []string
	attached                                    []string // issuers whose keys may be stated for record logs
}

// signedByHolders is what the root's holders signed together; whose signatures count is not yet said.
type signedByHolders struct {
	typ        string
	payload    []byte
	signatures []holderSignature
}

type holderSignature struct {
	kid, input string
	signature  []byte
}

func readHolders(json object) (*signedByHolders, error) {
	m := &members{object: json}
	m.allowOnly("payload", "signatures")
	encoded := m.text("payload")
	payload, err := base64URL(encoded)
	if err != nil || len(payload) > payloadMax {
		return nil, errors.New("a payload is malformed or too long")
	}
	signed := &signedByHolders{payload: payload}
	list := typed[[]any](m, "signatures", "an array")
	if len(list) == 0 || len(list) > signaturesHeld {
		m.fail("nobody signed, or too many did")
	}
	for _, element := range list {
		one, ok := element.(object)
		if !ok {
			return nil, errors.New("a signature is none")
		}
		s := &members{object: one}
		s.allowOnly("protected", "signature")
		kid, typ, err := parseHeader(s.text("protected"))
		if err != nil {
			return nil, err
		}
		signature, err := base64URL(s.text("signature"))
		if err != nil || s.fault != nil {
			return nil, errors.Join(err, s.fault)
		}
		if last := len(signed.signatures) - 1; last >= 0 && (signed.signatures[last].kid >= kid || signed.typ != typ) {
			return nil, errors.New("signatures are out of order, or one key signs twice, or types differ")
		}
		signed.typ = typ
		signed.signatures = append(signed.signatures, holderSignature{kid, s.text("protected") + "." + encoded, signature})
	}
	return signed, m.fault
}

// requireSignedBy wants the threshold of each root, and no other signature.
func (s *signedByHolders) requireSignedBy(roots ...*root) error {
	for _, one := range s.signatures {
		var holder *logKey
		for _, root := range roots {
			if key := root.holders[one.kid]; key != nil {
				holder = key
			}
		}
		if holder == nil {
			return errors.New("a signature is of a key that has no say")
		}
		if !ed25519.Verify(holder.raw, []byte(one.input), one.signature) {
			return errors.New("a signature is not good")
		}
	}
	for _, root := range roots {
		good := int64(0)
		for _, one := range s.signatures {
			if root.holders[one.kid] != nil {
				good++
			}
		}
		if good < root.threshold {
			return errors.New("too few holders of the root signed")
		}
	}
	return nil
}

func canonicalMembers(payload []byte) (*members, error) {
	json, err := strictObject(payload, entryMax, valuesMax)
	if err != nil {
		return nil, err
	}
	if canonical(json) != string(payload) {
		return nil, errors.New("a text is not in its one encoding")
	}
	return &members{object: json}, nil
}

func readRoot(payload []byte, previous *root) (*root, error) {
	m, err := canonicalMembers(payload)
	if err != nil {
		return nil, err
	}
	m.allowOnly("v", "version", "keys", "threshold", "issued", "expires", "previous")
	read := &root{
		version: m.whole("version"), threshold: m.whole("threshold"), expires: m.wholeTo("expires", timeMax),
		hash: hexDigest(payload), holders: map[string]*logKey{},
	}
	issued := m.wholeTo("issued", timeMax)
	names := map[string]bool{}
	for _, vkey := range m.texts("keys") {
		key, err := parseVkey(vkey)
		if err != nil {
			return nil, err
		}
		thumbprint, err := ed25519Thumbprint(key.raw)
		if err != nil {
			return nil, err
		}
		if names[key.name] || read.holders[thumbprint] != nil || len([]rune(key.name)) > holderNameMax {
			return nil, errors.New("a holder or key of the root occurs twice, or its name is too long")
		}
		names[key.name] = true
		read.holders[thumbprint] = key
	}
	next := int64(1)
	if previous != nil {
		next = previous.version + 1
		if m.text("previous") != previous.hash {
			m.fail("a root names another version before it")
		}
	} else if m.has("previous") {
		m.fail("the first root follows none")
	}
	holders := int64(len(read.holders))
	if m.whole("v") != 1 || read.version != next || holders < 1 || holders > holdersMax || read.threshold < 1 || read.threshold > holders ||
		read.expires <= issued || read.expires-issued > rootLifeMax {
		m.fail("a root is out of bounds, or its version is not the next one")
	}
	return read, m.fault
}

func ed25519Thumbprint(raw []byte) (string, error) {
	key, err := parseJwk(&members{object: object{"crv": "Ed25519", "kty": "OKP", "x": encodeURL(raw)}})
	if err != nil {
		return "", err
	}
	return key.thumbprint, nil
}

// delegations are those recorded, with the lowest version that may still be in force.
type delegations struct {
	windows []*delegation
	highest int64
	floor   int64
}

// take reads a delegation that the root signed, and puts it behind those before.
func (d *delegations) take(payload []byte, p *policy, by *root) error {
	m, err := canonicalMembers(payload)
	if err != nil {
		return err
	}
	m.allowOnly("v", "version", "domain", "issuer", "statement_key", "tenants", "audiences", "token_types", "record_forms",
		"life_max_s", "attached_issuers", "issued", "not_before", "not_after")
	more := &delegation{
		version: m.whole("version"), notBefore: m.wholeTo("not_before", timeMax), notAfter: m.wholeTo("not_after", timeMax),
		lifeMax: m.whole("life_max_s"), domain: m.text("domain"), issuer: m.text("issuer"),
		tenants: m.texts("tenants"), audiences: m.texts("audiences"), tokenTypes: m.texts("token_types"), recordForms: m.texts("record_forms"),
	}
	version := int64(1)
	if m.has("attached_issuers") {
		version = 2
		more.attached = m.texts("attached_issuers")
	}
	issued := m.wholeTo("issued", timeMax)
	jwk := m.inner("statement_key")
	if m.fault != nil {
		return m.fault
	}
	if more.key, err = parseJwk(jwk); err != nil {
		return err
	}
	if more.key.alg != edDSA || m.whole("v") != version {
		return errors.New("a delegation is of another version, or of another kind of key")
	}
	if version == 2 && !areIssuers(more.attached, more.issuer) {
		return errors.New("a delegation attaches what is no other issuer")
	}
	if more.domain != p.domain || more.issuer != p.issuer {
		return errors.New("a delegation is for another domain or issuer")
	}
	if more.version <= d.highest || more.version-d.highest > versionStepMax {
		return errors.New("a delegation's version is not above those before, or far above")
	}
	if more.notAfter <= more.notBefore || more.notAfter-more.notBefore > windowMax || more.notBefore > issued+aheadMax || more.notBefore >= by.expires {
		return errors.New("a delegation's window is out of bounds")
	}
	next := d.floor
	if more.notBefore <= issued {
		next = more.version
	}
	kept := slices.DeleteFunc(slices.Clone(d.windows), func(w *delegation) bool {
		return w.version < next || w.notBefore >= more.notBefore
	})
	if len(kept) >= windowsMax {
		return errors.New("more than 13 windows are recorded ahead")
	}
	*d = delegations{append(kept, more), more.version, next}
	return nil
}

// areIssuers says whether these are issuers that may be attached (spec/keys.md, Attached issuers).
func areIssuers(attached []string, own string) bool {
	for i, issuer := range attached {
		if slices.Contains(attached[:i], issuer) || len(issuer) > issuerMax || !isIssuer(issuer) ||
			strings.TrimSuffix(issuer, "/") == strings.TrimSuffix(own, "/") {
			return false
		}
	}
	return len(attached) > 0 && len(attached) <= attachedMax
}

// isIssuer says whether a text is an https URL without user, query and fragment, or an http one of this host.
func isIssuer(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && !strings.ContainsAny(text, "?#@ ") && (u.Scheme == "https" || (u.Scheme == "http" && thisHost.MatchString(u.Hostname())))
}

// at gives the delegation in force: of those that have begun the one of the highest version, if it is not over.
func (d *delegations) at(time int64) *delegation {
	var newest *delegation
	for _, w := range d.windows {
		if w.notBefore <= time && (newest == nil || w.version > newest.version) {
			newest = w
		}
	}
	if newest == nil || time >= newest.notAfter || newest.version < d.floor {
		return nil
	}
	return newest
}
