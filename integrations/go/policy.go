package verifier

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

const policyMax = 256 << 10

// policy is the one file that a verifier starts from (spec/keys.md, Policy).
type policy struct {
	domain, issuer string
	root           struct {
		version int64
		hash    string
	}
	logs   []*logKey
	keyLog *logKey
}

func parsePolicy(text []byte) (*policy, error) {
	if len(text) > policyMax || !utf8.Valid(text) {
		return nil, errors.New("a policy is too long, or not UTF-8")
	}
	read := &policy{}
	once := map[string]bool{}
	for at, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		keyword, rest, _ := strings.Cut(line, " ")
		if keyword != "log" {
			if once[keyword] {
				return nil, fmt.Errorf("policy line %d: %q twice", at+1, keyword)
			}
			once[keyword] = true
		}
		if err := read.take(keyword, rest); err != nil {
			return nil, fmt.Errorf("policy line %d: %w", at+1, err)
		}
	}
	for _, key := range read.logs {
		if key.name == read.logsPrefix()+"keys" {
			read.keyLog = key
		}
	}
	if read.domain == "" || read.issuer == "" || read.root.hash == "" || read.keyLog == nil {
		return nil, errors.New("policy is not complete: it has domain, issuer, root, and the key log's key")
	}
	return read, nil
}

// logsPrefix begins the origin of each of the issuer's logs.
func (p *policy) logsPrefix() string {
	_, rest, _ := strings.Cut(p.issuer, "://")
	return rest + "/logs/"
}

func (p *policy) take(keyword, rest string) (err error) {
	switch keyword {
	case "domain":
		p.domain = rest
		if rest == "" || strings.Contains(rest, " ") {
			err = errors.New("a domain is one word")
		}
	case "issuer":
		p.issuer = rest
		issuer, fault := url.Parse(rest)
		if fault != nil || (issuer.Scheme != "https" && issuer.Scheme != "http") || issuer.Host == "" || issuer.User != nil ||
			strings.ContainsAny(rest, "?# ") {
			err = errors.New("an issuer is an http or https URL without user, query and fragment")
		}
	case "root":
		version, hash, _ := strings.Cut(rest, " ")
		p.root.hash = hash
		p.root.version, err = strconv.ParseInt(version, 10, 32)
		if err == nil && (p.root.version < 1 || len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "") {
			err = errors.New("a root is a version and a SHA-256")
		}
	case "log":
		key, fault := parseVkey(rest)
		if fault != nil {
			return fault
		}
		for _, other := range p.logs {
			if other.name == key.name {
				return errors.New("a log is pinned twice")
			}
		}
		p.logs = append(p.logs, key)
	default:
		// Witnesses are not asked here, so a policy that wants them is not followed.
		if keyword != "quorum" || rest != "none" {
			err = fmt.Errorf("%q is not supported here", keyword)
		}
	}
	return err
}
