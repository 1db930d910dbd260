package verifier

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

type keyLogCase struct {
	Comment, Expect, Policy string
	Entries                 [][]byte
}

// Of the rules, how long ahead a key is stated: only the registrar could break it, within its delegation.
var notChecked = map[string]bool{"key-too-soon": true}

func TestEachLastEntryIsTakenOrRefused(t *testing.T) {
	taken, refused := 0, 0
	for _, path := range files(t, "keylog/*.json", 100) {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		c := readJSON[keyLogCase](t, path)
		p := keyLogPolicy(t, c)
		if _, err := replay(p, c.Entries[:len(c.Entries)-1]); err != nil {
			t.Errorf("%s: before the last: %v", name, err)
		}
		_, err := replay(p, c.Entries)
		if expect := c.Expect == "taken" || notChecked[name]; expect != (err == nil) {
			t.Errorf("%s: %v, not %s: %s", name, err, c.Expect, c.Comment)
		}
		if err == nil {
			taken++
		} else {
			refused++
		}
	}
	if taken < 40 || refused < 70 {
		t.Errorf("%d taken, %d refused", taken, refused)
	}
}

// keyLogPolicy is a vector's; where it pins no key log, which no head is read of, one is put in.
func keyLogPolicy(t *testing.T, c keyLogCase) *policy {
	t.Helper()
	text := c.Policy
	if !strings.Contains(text, "/logs/keys+") {
		text += regexp.MustCompile(`(?m)^log .*$`).FindString(world(t).Policy) + "\n"
	}
	p, err := parsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOfTwoRevocationsOfAGroupTheLaterTimeCounts(t *testing.T) {
	c := readJSON[keyLogCase](t, vectors+"keylog/group-revoked.json")
	var last map[string]any
	if err := json.Unmarshal(c.Entries[len(c.Entries)-1], &last); err != nil {
		t.Fatal(err)
	}
	group, before := last["group"].(string), int64(last["before"].(float64))
	again := func(change map[string]any) (*keyState, error) {
		more := map[string]any{}
		for _, members := range []map[string]any{last, change} {
			for name, value := range members {
				more[name] = value
			}
		}
		entry, err := json.Marshal(more)
		if err != nil {
			t.Fatal(err)
		}
		return replay(keyLogPolicy(t, c), append(c.Entries[:len(c.Entries):len(c.Entries)], entry))
	}
	for shift, expect := range map[int64]int64{60: before + 60, -60: before} {
		state, err := again(map[string]any{"before": before + shift})
		if err != nil || state.revoked.groups[group] != expect {
			t.Errorf("%d: %v", shift, err)
		}
	}
	for _, change := range []map[string]any{
		{"group": group + "A"}, {"group": strings.Repeat("B", 22)}, {"group": 7}, {"before": "now"}, {"more": 1},
	} {
		if _, err := again(change); err == nil {
			t.Errorf("%v is taken", change)
		}
	}
}

func TestWhatAHeadSaysOfRevocations(t *testing.T) {
	for _, path := range files(t, "revocations/*.json", 10) {
		c := readJSON[struct {
			Comment, Expect, Vkey, Head string
			Entries                     []string
		}](t, path)
		key, err := parseVkey(c.Vkey)
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		head, err := openCheckpoint([]byte(c.Head), key)
		if err != nil {
			got = "refused"
		} else if tip := head.revoked; tip != nil {
			got = fmt.Sprint(tip.number, " ", tip.tree.N, " ", tip.time)
			leaves := make([]tlog.Hash, len(c.Entries))
			for i, entry := range c.Entries {
				leaves[i] = tlog.RecordHash([]byte(entry))
			}
			if rootOf(leaves) != tip.tree.Hash {
				t.Errorf("%s: another root", path)
			}
		}
		expect := c.Expect
		if strings.HasPrefix(expect, "head") {
			expect = "refused"
		}
		if got != expect {
			t.Errorf("%s: %s, not %s: %s (%v)", path, got, expect, c.Comment, err)
		}
	}
}

func TestEachPublicKeyIsTakenOrRefused(t *testing.T) {
	form := regexp.MustCompile(`^comment: (.*)\nexpect: (taken|refused)\n([a-z-]+): (.*)\n$`)
	taken, refused := 0, 0
	for _, path := range files(t, "public-keys/*.txt", 100) {
		bytes, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parts := form.FindStringSubmatch(string(bytes))
		got := "taken"
		if err := readKey(parts[3], parts[4]); err != nil {
			got = "refused"
			refused++
		} else {
			taken++
		}
		if got != parts[2] {
			t.Errorf("%s: %s, not %s: %s", path, got, parts[2], parts[1])
		}
	}
	if taken < 9 || refused < 80 {
		t.Errorf("%d taken, %d refused", taken, refused)
	}
}

func readKey(kind, text string) error {
	switch kind {
	case "jwk":
		json, err := strictObject([]byte(text), entryMax, valuesMax)
		if err != nil {
			return err
		}
		_, err = parseJwk(&members{object: json})
		return err
	case "vkey":
		_, err := parseVkey(text)
		return err
	}
	// This reader follows no cosigners: of their keys it checks the bytes.
	parts := strings.SplitN(text, "+", 3)
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return errors.New("no key")
	}
	if typed[0] == 6 {
		return requireOwnedMlDsa44(typed[1:])
	}
	return requireOwnedEd25519(typed[1:])
}

func TestTheListOfKnownKeysIsTheOneOfTheSpecification(t *testing.T) {
	specified, err := os.ReadFile("../../spec/known-keys.txt")
	if err != nil || string(specified) != knownKeys {
		t.Errorf("another list, %v", err)
	}
}

func TestAKeyLogGoesOnFromWhatWasSeen(t *testing.T) {
	w := world(t)
	v := w.verifier(t, nil)
	read := func(before *keyState) (*keyState, error) {
		return mirror(context.Background(), v.own.policy, v.options.Read, w.Now.Unix(), before)
	}
	now, err := read(nil)
	if err != nil {
		t.Fatal(err)
	}
	bundle := w.Reads["https://login.example/enterprise/logs/keys/tile/entries/000.p/20"]
	entries, err := readEntries(now.tree.N, func(string) ([]byte, error) { return bundle, nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1, 5, now.tree.N - 1, now.tree.N} {
		before := newKeyState(v.own.policy)
		before.tree = tlog.Tree{N: size, Hash: rootOf(leavesOf(entries[:size]))}
		if after, err := read(before); err != nil || after.tree != now.tree {
			t.Errorf("%d: %v", size, err)
		}
		before.tree.Hash[0] ^= 1
		if _, err := read(before); !errors.Is(err, errFork) {
			t.Errorf("%d: %v", size, err)
		}
	}
	later := newKeyState(v.own.policy)
	later.tree.N = now.tree.N + 1
	if after, err := read(later); err != nil || after != later {
		t.Errorf("an older head: %v", err)
	}
	v.own.held, v.own.readAt = later, w.Now.Add(-time.Hour)
	later.tree = tlog.Tree{N: 5}
	if got := outcome(t, v, honest(t)); got != "key-log-forked" {
		t.Error(got)
	}
}
