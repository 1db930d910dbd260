package verifier

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// Their policies have witnesses, and are refused at the start.
var witnessed = map[string]bool{"no-quorum": true, "proved-cosigned": true}

func TestEachProofGetsItsVerdict(t *testing.T) {
	form := regexp.MustCompile(`(?s)^comment: (.*?)\nexpect: (.*?)\nsigning-input: (.*?)\n--- policy\n(.*?)--- proof\n(.*)$`)
	seen := map[string]int{}
	for _, path := range files(t, "proofs/*.txt", 15) {
		bytes, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parts := form.FindStringSubmatch(string(bytes))
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		if witnesses := strings.Contains(parts[4], "witness "); witnesses != witnessed[name] {
			t.Errorf("%s: witnesses", name)
		} else if witnesses {
			continue
		}
		got := judge(t, parts[3], parts[4], parts[5])
		if got != parts[2] {
			t.Errorf("%s: %s, not %s: %s", name, got, parts[2], parts[1])
		}
		seen[strings.Fields(got)[0]]++
	}
	if seen["proved"] < 4 || seen["not"] < 8 || seen["malformed"] < 5 {
		t.Error(seen)
	}
}

func judge(t *testing.T, input, policyText, text string) string {
	t.Helper()
	read, err := parseProof([]byte(text))
	if err != nil {
		return "malformed"
	}
	key, err := parseVkey(strings.TrimPrefix(strings.Split(policyText, "\n")[0], "log "))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(input))
	tree, err := read.require(key, read.index, tlog.RecordHash(append([]byte{1}, digest[:]...)))
	if err != nil {
		return "not proved"
	}
	return fmt.Sprintf("proved at %d of %d", read.index, tree.N)
}

// proofFor makes the proof of a token from the tiles of the world.
func proofFor(t *testing.T, w worldFile, text string) string {
	t.Helper()
	tok, err := parseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	log, position, err := tok.place()
	if err != nil {
		t.Fatal(err)
	}
	prefix := "https://login.example/enterprise/logs/" + log + "/"
	note := w.Reads[prefix+"checkpoint"]
	var size int64
	if _, err := fmt.Sscan(strings.Split(string(note), "\n")[1], &size); err != nil {
		t.Fatal(err)
	}
	path, err := tlog.ProveRecord(size, position, tileHashes(size, func(path string, _ int) ([]byte, error) { return w.Reads[prefix+path], nil }))
	if err != nil {
		t.Fatal(err)
	}
	lines := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n", position)
	for _, hash := range path {
		lines += base64.StdEncoding.EncodeToString(hash[:]) + "\n"
	}
	return encodeURL([]byte(lines + "\n" + string(note)))
}

func TestAProofThatTheClientSends(t *testing.T) {
	w, c := world(t), honest(t)
	good := proofFor(t, w, c.Token)
	decoded, _ := base64URL(good)
	changed := func(from, to string) string { return encodeURL([]byte(strings.Replace(string(decoded), from, to, 1))) }
	var other string
	for _, one := range cases(t) {
		if tok, err := parseToken(one.Token); err == nil && one.Expect == "verified" && strings.HasPrefix(tok.id, "s1g1.") && one.Token != c.Token {
			other = proofFor(t, w, one.Token)
		}
	}
	// Nothing of the log can be read, but for the key log.
	v := w.verifier(t, nil)
	read := v.options.Read
	v.options.Read = func(ctx context.Context, url string, most int) ([]byte, error) {
		if !strings.Contains(url, "/logs/keys/") {
			return nil, errors.New("away")
		}
		return read(ctx, url, most)
	}
	for name, sent := range map[string][2]string{
		"good":      {good, "verified"},
		"none":      {"", "proof-missing"},
		"padded":    {good + "=", "proof-malformed"},
		"long":      {strings.Repeat("A", proofMax+4), "proof-malformed"},
		"of other":  {other, "proof-mismatch"},
		"other log": {changed("login.example", "lagin.example"), "proof-log"},
		"hash":      {changed(strings.Split(string(decoded), "\n")[2], encodeStd(make([]byte, 32))), "proof-mismatch"},
	} {
		v.options.Stapling = StaplingRequired
		verified, err := v.VerifyRequest(context.Background(), c.Token, c.expectations(), Request{Proof: sent[0]})
		v.options.Stapling = StaplingIgnored
		clear(v.known)
		if got := code(t, verified, err); got != sent[1] {
			t.Errorf("%s: %s, not %s", name, got, sent[1])
		}
	}
	if got := outcome(t, v, c); got != "proof-unavailable" {
		t.Errorf("without the proof: %s", got)
	}
}

func encodeStd(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// What a log shows is compared with what it has shown before, and with what clients' proofs were under.
func TestTwoHistoriesAreFound(t *testing.T) {
	w, c := world(t), honest(t)
	v := w.verifier(t, nil)
	if got := outcome(t, v, c); got != "verified" {
		t.Fatal(got)
	}
	state, err := v.own.state(context.Background(), &v.options)
	if err != nil {
		t.Fatal(err)
	}
	log, view := state.logs["s1g1"], v.view("s1g1")
	tip, _ := view.newest()
	hashes := view.hashes(context.Background(), log, tip.N, v.options.Read)
	for _, size := range []int64{1, 255, 256, 257, 500, 512, tip.N - 1} {
		then, err := tlog.TreeHash(size, hashes)
		if err != nil {
			t.Fatal(err)
		}
		if err := requireExtends(tlog.Tree{N: size, Hash: then}, tip, hashes); err != nil {
			t.Errorf("%d: %v", size, err)
		}
		then[7] ^= 1
		if err := requireExtends(tlog.Tree{N: size, Hash: then}, tip, hashes); !errors.Is(err, errFork) {
			t.Errorf("%d: %v", size, err)
		}
	}
	shown := tlog.Tree{N: 300, Hash: tlog.Hash{1}}
	err = view.requireShown(context.Background(), log, shown, v.options.Read, w.Now)
	if got := code(t, nil, err); got != "log-forked" {
		t.Error(got)
	}
	if got := outcome(t, v, c); got != "log-forked" {
		t.Error(got)
	}
}
