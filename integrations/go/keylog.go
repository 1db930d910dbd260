package verifier

import (
	"context"
	"crypto/ed25519"
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// From a policy to the keys that count: the domain's key log, mirrored and checked (spec/keylog.md).

const (
	clockSkew     = 30
	groupBytes    = 16
	unrecordedMax = 365 * daySeconds
)

var (
	errUnknownEvent = errors.New("an event is unknown")
	recordLogForm   = regexp.MustCompile(`^d[1-9][0-9]{0,3}g[1-9][0-9]{0,5}$`)
	logNameForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,15}$`)
)

// tokenLog is a log that records tokens.
type tokenLog struct {
	name, url string
	key       *logKey
}

// statedKey is a key, and what it may sign.
type statedKey struct {
	*publicKey
	domain, issuer, recordForm, log, binding      string
	tenants, tokenTypes, audiences                []string
	lifeMax, activeFrom, activeUntil, verifyUntil int64
}

type endedRevocations struct {
	until int64
	tree  tlog.Tree
}

type tokenName struct {
	log      string
	position int64
}

// revocations are those of tokens and groups, with the sizes to which each revocation log was read.
type revocations struct {
	tokens map[tokenName]bool
	groups map[string]int64
	read   map[int64]tlog.Tree
}

func (r revocations) clone() revocations {
	return revocations{maps.Clone(r.tokens), maps.Clone(r.groups), maps.Clone(r.read)}
}

// keyInLog is a key and one of the logs of which its revocations speak: none narrows what another one says.
type keyInLog struct{ kid, log string }

// keyState is what stands in a key log. A state that was given out does not change.
type keyState struct {
	policy      *policy
	root        *root
	delegations delegations
	logs        map[string]*tokenLog
	keys        map[string]*statedKey
	aliases     map[string]string // other issuers' names of keys, to thumbprints
	withdrawn   map[string]string
	tainted     map[string]int64
	retired     map[string]int64
	revokedFrom map[keyInLog]int64
	ended       map[string]int64
	auditLogs   map[string]*logKey
	auditEnds   map[string]auditLogEnd
	// disclosure has the key of each disclosure log by its origin.
	disclosure map[string]string

	lastRevocations, openRevocations int64
	endedRevocations                 map[int64]endedRevocations
	revoked                          revocations

	tree tlog.Tree
	time int64
}

func newKeyState(p *policy) *keyState {
	return &keyState{
		policy: p, logs: map[string]*tokenLog{}, keys: map[string]*statedKey{}, aliases: map[string]string{}, withdrawn: map[string]string{},
		tainted: map[string]int64{}, retired: map[string]int64{}, revokedFrom: map[keyInLog]int64{}, ended: map[string]int64{},
		auditLogs: map[string]*logKey{}, auditEnds: map[string]auditLogEnd{}, disclosure: map[string]string{}, endedRevocations: map[int64]endedRevocations{},
		revoked: revocations{map[tokenName]bool{}, map[string]int64{}, map[int64]tlog.Tree{}},
	}
}

// mirror reads the key log and says which keys, logs and revocations count; what was read before it has to extend.
func mirror(ctx context.Context, p *policy, read Reader, now int64, before *keyState) (*keyState, error) {
	prefix := p.issuer + "/logs/keys/"
	body, err := read(ctx, prefix+"checkpoint", noteMax)
	if err != nil {
		return nil, err
	}
	head, err := openCheckpoint(body, p.keyLog)
	if err != nil {
		return nil, err
	}
	if head.time < 0 || head.time > now+clockSkew {
		return nil, errors.New("a head of the key log has no time, or one ahead")
	}
	state := before
	switch {
	case before != nil && head.N < before.tree.N:
		return before, nil // an older head is no news, and says nothing against the newer one
	case before != nil && head.N == before.tree.N:
		if head.Hash != before.tree.Hash {
			return nil, errFork
		}
	default:
		if state, err = mirrorEntries(ctx, p, read, head.Tree, before); err != nil {
			return nil, err
		}
	}
	return state.withRevocations(ctx, head, read, now)
}

func mirrorEntries(ctx context.Context, p *policy, read Reader, tree tlog.Tree, before *keyState) (*keyState, error) {
	prefix := p.issuer + "/logs/keys/"
	entries, err := readEntries(tree.N, func(path string) ([]byte, error) { return read(ctx, prefix+path, bundleMax) })
	if err != nil {
		return nil, err
	}
	leaves := leavesOf(entries)
	if rootOf(leaves) != tree.Hash {
		return nil, errors.New("entries and head of the key log do not agree")
	}
	if before != nil && rootOf(leaves[:before.tree.N]) != before.tree.Hash {
		return nil, errFork
	}
	state, err := replay(p, entries)
	if err != nil {
		return nil, err
	}
	state.tree = tree
	if before != nil {
		// What was seen of a revocation log does not go back. What is read again is found again.
		state.time = before.time
		state.revoked.tokens, state.revoked.groups = union(before.revoked, state.revoked)
		state.revoked.read = maps.Clone(before.revoked.read)
	}
	return state, nil
}

func union(a, b revocations) (map[tokenName]bool, map[string]int64) {
	both := a.clone()
	maps.Copy(both.tokens, b.tokens)
	for group, before := range b.groups {
		both.groups[group] = max(before, both.groups[group])
	}
	return both.tokens, both.groups
}

// withRevocations reads the revocation logs whose tokens may not have expired, up to what key log and head say of them.
func (s *keyState) withRevocations(ctx context.Context, head *checkpoint, read Reader, now int64) (*keyState, error) {
	next, isOwn := *s, false
	wanted := map[int64]tlog.Tree{}
	for number, log := range s.endedRevocations {
		if log.until > now {
			wanted[number] = log.tree
		}
	}
	time := head.time
	if s.openRevocations != 0 {
		tip := head.revoked
		if tip == nil || tip.number != s.openRevocations {
			return nil, errors.New("a head does not say what was revoked")
		}
		if tip.time > now+clockSkew {
			return nil, errors.New("the head of the key log is ahead")
		}
		wanted[tip.number] = tip.tree
		time = min(time, tip.time)
	}
	for number, tree := range wanted {
		seen := next.revoked.read[number]
		if tree.N < seen.N {
			return nil, errors.New("a revocation log goes back")
		}
		if tree.N == seen.N {
			if seen.N > 0 && tree.Hash != seen.Hash {
				return nil, errFork
			}
			continue
		}
		prefix := s.policy.issuer + "/logs/keys/revoked/" + canonical(number) + "/"
		entries, err := readEntries(tree.N, func(path string) ([]byte, error) { return read(ctx, prefix+path, bundleMax) })
		if err != nil {
			return nil, err
		}
		if rootOf(leavesOf(entries)) != tree.Hash {
			return nil, errors.New("entries and size of a revocation log do not agree")
		}
		if !isOwn { // what was given out does not change
			next.revoked, isOwn = s.revoked.clone(), true
		}
		for _, entry := range entries {
			m, err := canonicalMembers(entry)
			if err != nil {
				return nil, err
			}
			if err := next.revoke(m); err != nil {
				return nil, err
			}
		}
		next.revoked.read[number] = tree
	}
	next.time = max(s.time, time)
	return &next, nil
}

// replay gives what stands after all entries; it refuses the first that may not stand in its place.
func replay(p *policy, entries [][]byte) (*keyState, error) {
	state := newKeyState(p)
	for index, entry := range entries {
		if err := state.apply(entry, int64(index)); err != nil {
			return nil, err
		}
	}
	return state, nil
}

func (s *keyState) apply(entry []byte, index int64) error {
	if len(entry) == 0 || len(entry) > entryMax {
		return errors.New("an entry is empty or too long")
	}
	if entry[0] != '{' {
		return s.give(string(entry), index)
	}
	m, err := canonicalMembers(entry)
	if err != nil {
		return err
	}
	if m.has("payload") {
		return s.rooted(m.object)
	}
	return s.take(m)
}

func (s *keyState) rooted(json object) error {
	signed, err := readHolders(json)
	if err != nil {
		return err
	}
	switch signed.typ {
	case rootType:
		next, err := readRoot(signed.payload, s.root)
		if err != nil {
			return err
		}
		if next.version == s.policy.root.version && next.hash != s.policy.root.hash {
			return errors.New("the root is another one than the policy pins")
		}
		signers := []*root{next}
		if s.root != nil {
			signers = append(signers, s.root)
		}
		if err := signed.requireSignedBy(signers...); err != nil {
			return err
		}
		s.root = next
		return nil
	case delegationType:
		if s.root == nil || s.root.version < s.policy.root.version {
			return errors.New("a delegation stands before the pinned root")
		}
		if err := signed.requireSignedBy(s.root); err != nil {
			return err
		}
		return s.delegations.take(signed.payload, s.policy, s.root)
	}
	return errors.New("a statement is of another type")
}

// give takes an event that gives trust, signed by the statement key for this place.
func (s *keyState) give(text string, index int64) error {
	signed, err := parseJws(text)
	if err != nil {
		return err
	}
	json, err := strictObject(signed.payload, entryMax, valuesMax)
	if err != nil {
		return err
	}
	m := &members{object: json}
	at, event := m.wholeTo("at", timeMax), m.text("event")
	delegation := s.delegations.at(at)
	if delegation == nil {
		return errors.New("no delegation stands at an event")
	}
	if signed.typ != "counterfoil-key-event+jwt" || signed.kid != delegation.key.thumbprint ||
		!ed25519.Verify(delegation.key.ed25519, []byte(signed.input), signed.signature) {
		return errors.New("an event is not signed by the statement key")
	}
	if m.text("key_log") != s.policy.keyLog.name || m.whole("index") != index || m.whole("v") != 1 {
		return errors.New("an event was signed for another place, or is of another version")
	}
	// No entry is made under a lower version after one under this one, whatever time it states.
	s.delegations.floor = max(s.delegations.floor, delegation.version)
	allow := func(names ...string) { m.allowOnly(append(names, "v", "event", "at", "key_log", "index")...) }
	switch event {
	case "log-stated":
		allow("name", "vkey", "url")
		err = s.stateLog(m)
	case "log-moved":
		allow("name", "url")
		log := s.logs[m.text("name")]
		if log == nil {
			return errors.New("a log that moves is stated before")
		}
		s.logs[log.name] = &tokenLog{log.name, urlOf(m), log.key}
	case "key-stated":
		allow("key")
		err = s.stateKey(m.inner("key"), delegation, at)
	case "rotation-paused":
		allow("log", "until", "by")
	case "audit-log-stated":
		allow("vkey", "consent", "follows")
		err = s.stateAuditLog(m)
	case "disclosure-key-stated":
		allow("jwk", "vkey", "not_after")
		err = s.stateDisclosureKey(m, at)
	default:
		return errUnknownEvent
	}
	return errors.Join(err, m.fault)
}

func urlOf(m *members) string {
	text := m.text("url")
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "https" && parsed.Scheme != "http") || parsed.Host == "" || strings.ContainsAny(text, "?#") {
		m.fail("a log's URL is none")
	}
	return text
}

func (s *keyState) stateLog(m *members) error {
	name := m.text("name")
	key, err := parseVkey(m.text("vkey"))
	if err != nil {
		return err
	}
	if !logNameForm.MatchString(name) || name == "keys" || s.logs[name] != nil || key.name != s.policy.logsPrefix()+name {
		return errors.New("a log is stated twice, or by a name that is not this issuer's")
	}
	for _, pinned := range s.policy.logs {
		if pinned.name == key.name && pinned.text != key.text {
			return errors.New("a log is not the pinned one")
		}
	}
	s.logs[name] = &tokenLog{name, urlOf(m), key}
	return nil
}

func (s *keyState) stateKey(m *members, in *delegation, at int64) error {
	if m.object == nil {
		return errors.New("no key is stated")
	}
	m.allowOnly("v", "kid", "alg", "jwk", "domain", "issuer", "purpose", "tenants", "token_types", "audiences", "life_max_s",
		"active_from", "active_until", "verify_until", "successor_lead_s", "record", "binding", "publication", "alias", "custody", "assurance")
	record := m.inner("record")
	key := &statedKey{
		domain: m.text("domain"), issuer: m.text("issuer"), binding: m.text("binding"), recordForm: record.text("form"),
		tenants: m.texts("tenants"), tokenTypes: m.texts("token_types"), audiences: m.texts("audiences"), lifeMax: m.whole("life_max_s"),
		activeFrom: m.wholeTo("active_from", timeMax), activeUntil: m.wholeTo("active_until", timeMax), verifyUntil: m.wholeTo("verify_until", timeMax),
	}
	jwk := m.inner("jwk")
	if m.fault != nil || record.fault != nil {
		return errors.Join(m.fault, record.fault)
	}
	var err error
	if key.publicKey, err = parseJwk(jwk); err != nil {
		return err
	}
	kid := m.text("kid")
	if m.whole("v") != 1 || kid != key.thumbprint || m.text("alg") != key.alg || (key.binding != "none" && key.binding != "required") {
		return errors.New("a key's statement does not fit the key")
	}
	_, withdrawn := s.withdrawn[kid]
	_, tainted := s.tainted[kid]
	if s.keys[kid] != nil || withdrawn || tainted {
		return errors.New("a key is stated twice, or after its end")
	}
	if record.has("log") {
		key.log = record.text("log")
	}
	if !in.admits(key) {
		return errors.New("a key is beyond its delegation")
	}
	ceiling := key.ceiling(in)
	if key.recordForm == "none" {
		record.allowOnly("form", "until")
		if record.wholeTo("until", timeMax) > at+unrecordedMax {
			return errors.New("a key whose tokens nobody records is stated for too long")
		}
	} else {
		record.allowOnly("form", "log")
		if _, over := s.ended[key.log]; over || s.logs[key.log] == nil {
			return errors.New("a key's log is not stated, or has ended")
		}
		if key.activeUntil-key.activeFrom > ceiling {
			return errors.New("a key would sign past its ceiling")
		}
	}
	if record.fault != nil || m.fault != nil {
		return errors.Join(record.fault, m.fault)
	}
	if m.has("alias") {
		// A key that came before keeps the name.
		if alias := m.text("alias"); s.keys[alias] == nil && s.aliases[alias] == "" {
			s.aliases[alias] = kid
		}
	}
	s.keys[kid] = key
	return nil
}

// take takes an event that takes trust away, which is never refused when it is well-formed.
func (s *keyState) take(m *members) error {
	event := m.text("event")
	if event == "token-revoked" || event == "group-revoked" {
		return s.revoke(m)
	}
	at := m.wholeTo("at", timeMax)
	if m.whole("v") != 1 {
		m.fail("an event is of another version")
	}
	allow := func(names ...string) { m.allowOnly(append(names, "v", "event", "at")...) }
	switch event {
	case "revocation-log-stated":
		allow("number")
		if s.openRevocations != 0 || m.whole("number") != s.lastRevocations+1 {
			return errors.New("a revocation log does not follow the one before")
		}
		s.lastRevocations++
		s.openRevocations = s.lastRevocations
	case "revocation-log-ended":
		allow("number", "size", "root", "until")
		root, err := base64Std(m.text("root"), tlog.HashSize)
		if err != nil || m.whole("number") != s.openRevocations || s.openRevocations == 0 {
			return errors.New("a revocation log ends that is not open")
		}
		s.endedRevocations[s.openRevocations] = endedRevocations{
			m.wholeTo("until", timeMax), tlog.Tree{N: m.wholeTo("size", sizeEnd-1), Hash: tlog.Hash(root)},
		}
		s.openRevocations = 0
	case "key-revoked":
		allow("kid", "log", "from")
		lower(s.revokedFrom, keyInLog{kidOf(m), m.text("log")}, m.wholeTo("from", sizeEnd-1))
	case "key-tainted":
		allow("kid", "from")
		lower(s.tainted, kidOf(m), m.wholeTo("from", timeMax))
	case "key-retired":
		allow("kid")
		lower(s.retired, kidOf(m), at)
	case "key-withdrawn":
		allow("kid", "reason")
		kid, reason := kidOf(m), m.text("reason")
		if reason != "ended" && reason != "compromised" {
			m.fail("a key is withdrawn for another reason")
		}
		if s.withdrawn[kid] != "compromised" {
			s.withdrawn[kid] = reason
		}
	case "log-ended":
		allow("log", "size", "successor", "reason")
		lower(s.ended, m.text("log"), m.wholeTo("size", sizeEnd-1))
	case "audit-log-ended":
		allow("origin", "size", "reason")
		s.endAuditLog(m)
	default:
		return errUnknownEvent
	}
	return m.fault
}

func kidOf(m *members) string {
	kid := m.text("kid")
	if !isHash(kid) {
		m.fail("a kid is no thumbprint")
	}
	return kid
}

func lower[K comparable](held map[K]int64, name K, value int64) {
	if before, there := held[name]; there {
		value = min(before, value)
	}
	held[name] = value
}

// revoke takes the revocation of a token or of a group; a revocation log has no other entries.
func (s *keyState) revoke(m *members) error {
	m.wholeTo("at", timeMax)
	m.wholeTo("until", timeMax)
	if m.whole("v") != 1 {
		m.fail("an event is of another version")
	}
	if m.text("event") == "token-revoked" {
		m.allowOnly("v", "event", "at", "log", "position", "until")
		s.revoked.tokens[tokenName{m.text("log"), m.wholeTo("position", sizeEnd-1)}] = true
	} else if m.text("event") == "group-revoked" {
		m.allowOnly("v", "event", "at", "group", "before", "until")
		group, before := m.text("group"), m.wholeTo("before", timeMax)
		if handle, err := base64URL(group); err != nil || len(handle) != groupBytes {
			m.fail("a group's handle is none")
		}
		s.revoked.groups[group] = max(before, s.revoked.groups[group])
	} else {
		return errors.New("a revocation log has revocations alone")
	}
	return m.fault
}

func allows(list []string, value string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, value)
}

func within(inner, outer []string) bool {
	return slices.Contains(outer, "*") || !slices.ContainsFunc(inner, func(value string) bool { return !slices.Contains(outer, value) })
}

// admits says whether a key's statement is inside the delegation's bounds.
func (d *delegation) admits(key *statedKey) bool {
	attached := slices.Contains(d.attached, key.issuer) && key.recordForm == "digest" && recordLogForm.MatchString(key.log)
	return key.domain == d.domain && (key.issuer == d.issuer || attached) &&
		within(key.tenants, d.tenants) && within(key.audiences, d.audiences) &&
		(within(key.tokenTypes, d.tokenTypes) || (attached && within(key.tokenTypes, []string{"JWT", "at+jwt"}))) &&
		slices.Contains(d.recordForms, key.recordForm) && key.lifeMax <= d.lifeMax
}

// ceiling is how long a key may sign (spec/keys.md, Algorithms).
func (k *statedKey) ceiling(in *delegation) int64 {
	many := func(tenants []string) bool {
		others := slices.DeleteFunc(slices.Clone(tenants), func(tenant string) bool { return tenant == "counterfoil" })
		return slices.Contains(tenants, "*") || len(others) > 1
	}
	switch {
	case k.recordForm != "position":
		return 365 * daySeconds
	case many(k.tenants):
		return 14 * daySeconds
	case many(in.tenants):
		return 90 * daySeconds
	}
	return 365 * daySeconds
}

func isHash(encoded string) bool {
	decoded, err := base64URL(encoded)
	return err == nil && len(decoded) == tlog.HashSize
}
