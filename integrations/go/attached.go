package verifier

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"
)

// Tokens that another issuer composes, and that a record log has by their digests (spec/token.md, Tokens of other issuers).

const (
	untyped            = "JWT"
	accessToken        = "at+jwt"
	foreignValuesMax   = 4096
	digestAnswerMax    = 1024
	digestAskedAgainIn = 100 * time.Millisecond
)

// Claims of ID tokens (OpenID Connect Core 2, 3.3.2.11) and of events (RFC 8417 2.2).
var claimsOfOthers = []string{"nonce", "at_hash", "c_hash", "s_hash", "events"}

// parse takes a token apart, by whom it was composed.
func (v *Verifier) parse(ctx context.Context, text string) (*token, error) {
	if t, err := v.parseForeign(ctx, text); t != nil || err != nil {
		return t, err
	}
	return parseToken(text)
}

// parseForeign takes apart a token that another issuer composed; nil for every other one.
func (v *Verifier) parseForeign(ctx context.Context, text string) (*token, error) {
	state, err := v.own.state(ctx, &v.options)
	if err != nil {
		return nil, nil // said where the keys are asked for
	}
	in := state.delegations.at(v.options.Now().Unix())
	if in == nil || (len(in.attached) == 0 && len(state.aliases) == 0) {
		return nil, nil
	}
	t, err := readForeign(text)
	if t == nil {
		return nil, nil // said where it is parsed as one of ours
	}
	key := state.named(t.kid)
	if key == nil {
		issuer, _ := t.claims["iss"].(string)
		if slices.Contains(in.attached, issuer) {
			return t, refuse("key-unknown", "token's key is no confirmed key of an attached issuer")
		}
		return nil, nil
	}
	if key.recordForm == "position" {
		return nil, nil
	}
	t.foreign, t.kid = true, key.thumbprint
	if err == nil && t.tenant == "" && !t.has("tenant") {
		if t.tenant = key.tenants[0]; len(key.tenants) != 1 || t.tenant == "*" {
			err = errors.New("member tenant is missing")
		}
	}
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		err = refuse("malformed", err.Error())
	}
	return t, err
}

func (t *token) has(claim string) bool {
	_, there := t.claims[claim]
	return there
}

// named gives the key of a token's kid: its thumbprint, or its issuer's own name for it.
func (s *keyState) named(kid string) *statedKey {
	if key := s.keys[kid]; key != nil {
		return key
	}
	return s.keys[s.aliases[kid]]
}

// requireForeign says that a token of another issuer is of an issuer that the service names, and no token of another kind.
func (t *token) requireForeign(key *statedKey, p *policy, expect *Expectations) error {
	if t.issuer != key.issuer {
		return refuse("issuer", "key may not sign for this issuer")
	}
	attached := t.issuer != p.issuer
	if attached && !slices.Contains(expect.AttachedIssuers, t.issuer) {
		return refuse("issuer", "token is of an attached issuer that this service does not name")
	}
	if t.typ != untyped {
		return nil
	}
	kind, _ := t.claims["typ"].(string)
	isAccess := kind == "Bearer" || kind == "DPoP"
	if t.has("typ") != isAccess || (!isAccess && slices.ContainsFunc(claimsOfOthers, t.has)) {
		return refuse("token-type", "token is an ID token or another one, no access token")
	}
	if attached && isAccess && expect.TokenType == accessToken {
		expect.TokenType = untyped
	}
	return nil
}

// digestAt gives the position of a digest in a record log, by the authority's word; the log is read to see that it is there.
func (v *Verifier) digestAt(ctx context.Context, log *tokenLog, digest []byte) (int64, error) {
	if log == nil {
		return 0, refuse("proof-unavailable", "the key's log is not in the key set")
	}
	deadline := time.Now().Add(v.options.TipWait)
	for {
		body, err := v.options.Read(ctx, log.url+"/digest/"+hex.EncodeToString(digest), digestAnswerMax)
		var status statusError
		if errors.As(err, &status) && (status == 404 || status == 410) {
			if !time.Now().Before(deadline) {
				return 0, refuse("digest-unknown", "the record log does not have the token's digest")
			}
			select {
			case <-ctx.Done():
				return 0, refuse("proof-unavailable", "the request ended")
			case <-time.After(digestAskedAgainIn):
			}
			continue
		}
		if err != nil {
			return 0, refuse("proof-unavailable", "where the digest stands cannot be asked")
		}
		answer, err := strictObject(body, digestAnswerMax, headerValuesMax)
		if err != nil {
			return 0, refuse("proof-unavailable", "the answer about the digest is none")
		}
		m := &members{object: answer}
		m.allowOnly("log", "position")
		name, position := m.text("log"), m.wholeTo("position", timeMax)
		if m.fault != nil || name != log.name {
			return 0, refuse("proof-unavailable", "the answer about the digest is of another log")
		}
		return position, nil
	}
}

// requireRecorded says that the record log has the token's digest, and at which position.
func (v *Verifier) requireRecorded(ctx context.Context, log *tokenLog, t *token, known bool, header string) error {
	if !known {
		if v.options.Stapling == StaplingRequired || (v.options.Stapling == StaplingAccepted && header != "") {
			return refuse("proof-malformed", "proofs of other issuers' tokens are not taken here")
		}
		position, err := v.digestAt(ctx, log, t.digest[:])
		if err != nil {
			return err
		}
		t.position = position
	}
	err := v.requireIssued(ctx, log, t.position, t, known, "")
	var refusal *Refusal
	if errors.As(err, &refusal) && (refusal.Code == "never-issued" || refusal.Code == "beyond-tip") {
		// The authority's word alone led there.
		return refuse("proof-unavailable", "the log does not have the digest where its authority says")
	}
	return err
}
