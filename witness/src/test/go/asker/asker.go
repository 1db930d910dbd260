// Command asker is a log that asks a Counterfoil witness for cosignatures, with other people's
// software only: the notes and trees of golang.org/x/mod/sumdb and the cosignatures of
// github.com/transparency-dev/formats. It shares no code with Counterfoil.
//
// It is built from Debian's packages, without modules and without a network:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build asker.go
//
// It prints its key and waits for a line on its standard input; then it grows and asks.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	fmtnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "asker.example/log"

var (
	url  = flag.String("url", "", "prefix of the witness's URL")
	vkey = flag.String("vkey", "", "the witness's Ed25519 key, of type 4")
)

// A store keeps the hashes of a tree.
type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("beyond the tree")
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

func main() {
	log.SetFlags(0)
	flag.Parse()
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(public)
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		log.Fatal(err)
	}
	if err := ask(secret); err != nil {
		log.Printf("FAILED %v", err)
		os.Exit(1)
	}
	fmt.Println("OK")
}

func ask(secret string) error {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	verifier, err := cosigner(*vkey)
	if err != nil {
		return err
	}
	var hashes store
	var size, old int64
	for _, next := range []int64{1, 2, 3, 64, 65, 300, 1000} {
		for ; size < next; size++ {
			more, err := tlog.StoredHashes(size, []byte(fmt.Sprintf("entry %d", size)), hashes)
			if err != nil {
				return err
			}
			hashes = append(hashes, more...)
		}
		root, err := tlog.TreeHash(size, hashes)
		if err != nil {
			return err
		}
		var proof tlog.TreeProof
		if old > 0 {
			if proof, err = tlog.ProveTree(size, old, hashes); err != nil {
				return err
			}
		}
		text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return err
		}
		status, lines, err := post(old, proof, signed)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("size %d: status %d: %s", size, status, lines)
		}
		opened, err := note.Open(append([]byte(text+"\n"), lines...), note.VerifierList(verifier))
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
		at, err := fmtnote.CoSigV1Timestamp(opened.Sigs[0])
		if err != nil {
			return err
		}
		if age := time.Since(at); age < -2*time.Second || age > time.Minute {
			return fmt.Errorf("size %d: cosigned %v ago", size, age)
		}
		old = size
		// A size that is not the witness's, and then a proof that is not one.
		if status, body, err := post(size+1, nil, signed); err != nil || status != http.StatusBadRequest {
			return fmt.Errorf("old size above the new: status %d, %s, %v", status, body, err)
		}
		if status, body, err := post(size-1, nil, signed); err != nil || status != http.StatusConflict ||
			string(body) != fmt.Sprintf("%d\n", size) {
			return fmt.Errorf("another old size: status %d, %s, %v", status, body, err)
		}
		if status, body, err := post(size, tlog.TreeProof{root}, signed); err != nil || status != http.StatusUnprocessableEntity {
			return fmt.Errorf("wrong proof: status %d, %s, %v", status, body, err)
		}
	}
	return nil
}

// cosigner makes a verifier; the library of this age wants the key as one of a plain signer.
func cosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a vkey")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("not a vkey of type 4")
	}
	key[0] = 1
	verifier, err := fmtnote.NewVerifierForCosignatureV1(
		parts[0] + "+" + parts[1] + "+" + base64.StdEncoding.EncodeToString(key))
	if err != nil {
		return nil, err
	}
	if got := fmt.Sprintf("%08x", verifier.KeyHash()); got != parts[1] {
		return nil, fmt.Errorf("key ID %s, not %s", parts[1], got)
	}
	return verifier, nil
}

func post(old int64, proof tlog.TreeProof, signed []byte) (int, []byte, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	for _, hash := range proof {
		fmt.Fprintf(&body, "%s\n", base64.StdEncoding.EncodeToString(hash[:]))
	}
	fmt.Fprintf(&body, "\n%s", signed)
	response, err := http.Post(*url+"/add-checkpoint", "text/plain", &body)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if response.StatusCode == http.StatusConflict && response.Header.Get("Content-Type") != "text/x.tlog.size" {
		return 0, nil, errors.New("a conflict of another type")
	}
	return response.StatusCode, answer, err
}
