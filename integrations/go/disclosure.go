package verifier

import (
	"errors"
	"strings"
)

// The keys of the disclosure process, as the key log states them: they sign no token, and every reader of the key log
// checks their entries.

const disclosureLifeMax = 400 * 86_400

// stateDisclosureKey takes a key for notices with its log, which keeps its key for life.
func (s *keyState) stateDisclosureKey(m *members, at int64) error {
	key, err := parseJwk(m.inner("jwk"))
	if err != nil {
		return err
	}
	log, err := parseVkey(m.text("vkey"))
	if err != nil {
		return err
	}
	_, withdrawn := s.withdrawn[key.thumbprint]
	_, tainted := s.tainted[key.thumbprint]
	if key.alg != edDSA || withdrawn || tainted {
		return errors.New("a disclosure key is not an Ed25519 key, or is stated after its end")
	}
	known, there := s.disclosure[log.name]
	if !isOrigin(log.name) || strings.HasPrefix(log.name, s.policy.logsPrefix()) || (there && known != log.text) {
		return errors.New("a disclosure log is named as a log of tokens or keys, or has another key")
	}
	if end := m.wholeTo("not_after", timeMax); end <= at || end > at+disclosureLifeMax {
		return errors.New("a disclosure key ends before its entry, or too late")
	}
	s.disclosure[log.name] = log.text
	return nil
}
