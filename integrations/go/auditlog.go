package verifier

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The audit log, as the key log states it: it says nothing about tokens, and every reader of the key log checks it.

const consentMax = 2048

type auditLogEnd struct {
	size      int64
	withdrawn bool
}

// stateAuditLog takes an audit log whose own key said that it keeps this domain's events, in a checkpoint of it.
func (s *keyState) stateAuditLog(m *members) error {
	key, err := parseVkey(m.text("vkey"))
	if err != nil {
		return err
	}
	_, ended := s.auditEnds[key.name]
	if !isOrigin(key.name) || strings.HasPrefix(key.name, s.policy.logsPrefix()) || s.auditLogs[key.name] != nil || ended {
		return errors.New("an audit log is stated twice, or named as a log of tokens or keys")
	}
	follows := ""
	if m.has("follows") {
		if follows = m.text("follows"); s.auditLogs[follows] == nil {
			return errors.New("an audit log follows one that was never stated")
		}
	}
	var current []string
	for origin := range s.auditLogs {
		if _, over := s.auditEnds[origin]; !over {
			current = append(current, origin)
		}
	}
	if len(current) > 1 || (len(current) == 1 && follows != current[0]) {
		return errors.New("an audit log does not follow the one that stands")
	}
	consent := m.text("consent")
	if len(consent) > consentMax {
		return errors.New("an audit log's consent is too long")
	}
	said, err := openCheckpoint([]byte(consent), key)
	if err != nil {
		return err
	}
	lines := strings.Split(said.text, "\n")
	if len(lines) != 5 || lines[3] != "counterfoil-audit-log/v1 "+s.policy.keyLog.name || said.signatures != 1 {
		return errors.New("an audit log's consent is not for this key log, or more than that")
	}
	s.auditLogs[key.name] = key
	return nil
}

// isOrigin says whether a text is a note's name, as everybody reads it.
func isOrigin(name string) bool {
	return name != "" && len(utf16Units(name)) <= nameBytesMax && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(c rune) bool {
			return c == '+' || unicode.IsSpace(c) || unicode.Is(unicode.Z, c) || unicode.IsControl(c)
		})
}

// endAuditLog ends an audit log: of two ends the smaller size counts.
func (s *keyState) endAuditLog(m *members) {
	origin, size, reason := m.text("origin"), m.wholeTo("size", sizeEnd-1), m.text("reason")
	if !isOrigin(origin) || !slices.Contains([]string{"replaced", "lost", "withdrawn"}, reason) || (reason == "withdrawn" && size != 0) {
		m.fail("an audit log's end has no origin or another reason, or a withdrawal leaves something")
	}
	before, there := s.auditEnds[origin]
	if there {
		size = min(size, before.size)
	}
	s.auditEnds[origin] = auditLogEnd{size, reason == "withdrawn" || before.withdrawn}
}
