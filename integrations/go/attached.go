package verifier

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tokens that another issuer composes, and that a record log has by their digests (spec/token.md, Tokens of other issuers).

const (
	untyped            = "JWT"
	accessToken        = "at+jwt"
	foreignValuesMax   = 4096
	digestAnswerMax    = 1024
	recordLogsMax      = 16 // of a record door, in which one token is looked for: the latest
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

// followsBy says by how many generations a record log follows another one; false when they are not of one door.
func followsBy(before, after string) (int, bool) {
	if !recordLogForm.MatchString(before) || !recordLogForm.MatchString(after) {
		return 0, false
	}
	door, earlier, _ := strings.Cut(before, "g")
	other, later, _ := strings.Cut(after, "g")
	from, _ := strconv.Atoi(earlier)
	to, _ := strconv.Atoi(later)
	return to - from, door == other
}

// recordLogs gives the logs in which a digest counts, the latest generation first, and those that ended empty left out.
func (s *keyState) recordLogs(named string) []*tokenLog {
	var logs []*tokenLog
	for name, log := range s.logs {
		by, follows := followsBy(named, name)
		if size, over := s.ended[name]; (name == named || (follows && by > 0)) && (!over || size > 0) {
			logs = append(logs, log)
		}
	}
	slices.SortFunc(logs, func(a, b *tokenLog) int {
		by, _ := followsBy(a.name, b.name)
		return by
	})
	return logs[:min(len(logs), recordLogsMax)]
}

// isRevoked says whether a key's tokens are revoked at a position of a log. Of several record logs the later ones come after it.
func (s *keyState) isRevoked(kid, log string, position int64) bool {
	for key, from := range s.revokedFrom {
		if key.kid != kid {
			continue
		}
		if by, follows := followsBy(key.log, log); follows && by != 0 {
			if by > 0 {
				return true
			}
		} else if position >= from {
			return true
		}
	}
	return false
}

// digestAt asks once where a digest stands in a record log; -1 for nowhere, or not yet. It is the authority's word; the log is
// read to see that it is there.
func (v *Verifier) digestAt(ctx context.Context, log *tokenLog, digest []byte) (int64, error) {
	body, err := v.options.Read(ctx, log.url+"/digest/"+hex.EncodeToString(digest), digestAnswerMax)
	var status statusError
	if errors.As(err, &status) && (status == 404 || status == 410) {
		return -1, nil
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

// isRecorded says whether a log has the token's digest before its end, and at which position.
func (v *Verifier) isRecorded(ctx context.Context, state *keyState, log *tokenLog, t *token) (bool, error) {
	position, err := v.digestAt(ctx, log, t.digest[:])
	if err != nil || position < 0 {
		return false, err
	}
	err = v.requireIssued(ctx, log, position, t, false, "")
	var refusal *Refusal
	if errors.As(err, &refusal) && (refusal.Code == "never-issued" || refusal.Code == "beyond-tip") {
		// The authority's word alone led there.
		return false, refuse("proof-unavailable", "the log does not have the digest where its authority says")
	}
	if size, over := state.ended[log.name]; err == nil && over && position >= size {
		err = refuse("beyond-tip", "the token's log ended before its position")
	}
	t.log, t.position = log, position
	return err == nil, err
}

// requireRecorded says that a record log of the key has the token's digest before its end. That is enough, whatever the others
// answer. One that goes on is asked again for a while: a digest may not be under a checkpoint yet.
func (v *Verifier) requireRecorded(ctx context.Context, state *keyState, named string, t *token, header string) error {
	if v.options.Stapling == StaplingRequired || (v.options.Stapling == StaplingAccepted && header != "") {
		return refuse("proof-malformed", "proofs of other issuers' tokens are not taken here")
	}
	deadline := time.Now().Add(v.options.TipWait)
	logs := state.recordLogs(named)
	refusals := map[*tokenLog]error{}
	for asked := logs; ; {
		var again []*tokenLog
		for _, log := range asked {
			recorded, err := v.isRecorded(ctx, state, log, t)
			if recorded {
				return nil
			}
			if _, over := state.ended[log.name]; err != nil {
				refusals[log] = err
			} else if !over {
				again = append(again, log)
			}
		}
		if len(again) == 0 || !time.Now().Before(deadline) {
			break
		}
		asked = again
		select {
		case <-ctx.Done():
			return refuse("proof-unavailable", "the request ended")
		case <-time.After(digestAskedAgainIn):
		}
	}
	for _, log := range logs {
		if refusals[log] != nil {
			return refusals[log]
		}
	}
	return refuse("digest-unknown", "the record log does not have the token's digest")
}
