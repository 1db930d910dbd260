package verifier

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Proofs that the client sends along (spec/stapled.md), of c2sp.org/tlog-proof.

const (
	proofMax       = 16 << 10
	proofHashesMax = 63
)

type proof struct {
	index      int64
	path       tlog.RecordProof
	checkpoint []byte
}

// parseHeader reads the value of Counterfoil-Proof.
func parseProofHeader(header string) (*proof, error) {
	if len(header) > proofMax {
		return nil, errors.New("a proof is too long")
	}
	decoded, err := base64URL(header)
	if err != nil {
		return nil, err
	}
	return parseProof(decoded)
}

func parseProof(text []byte) (*proof, error) {
	rest, found := strings.CutPrefix(string(text), "c2sp.org/tlog-proof@v1\n")
	head, note, blank := strings.Cut(rest, "\n\n")
	if !found || !blank {
		return nil, errors.New("a proof is none")
	}
	lines := strings.Split(head, "\n")
	if extra, has := strings.CutPrefix(lines[0], "extra "); has {
		if _, err := base64.StdEncoding.Strict().DecodeString(extra); err != nil {
			return nil, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || len(lines) > 1+proofHashesMax {
		return nil, errors.New("a proof has no index, or too many hashes")
	}
	index, found := strings.CutPrefix(lines[0], "index ")
	if !found || !sizeForm.MatchString(index) {
		return nil, errors.New("a proof has no index")
	}
	read := &proof{checkpoint: []byte(note)}
	var err error
	if read.index, err = strconv.ParseInt(index, 10, 64); err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		hash, err := base64Std(line, tlog.HashSize)
		if err != nil {
			return nil, err
		}
		read.path = append(read.path, tlog.Hash(hash))
	}
	return read, nil
}

// require says that the log holds the leaf at the position, under the checkpoint that it gives.
func (p *proof) require(key *logKey, position int64, leaf tlog.Hash) (tlog.Tree, error) {
	if p.index != position {
		return tlog.Tree{}, refuse("proof-mismatch", "proof is of another position")
	}
	signed, err := openCheckpoint(p.checkpoint, key)
	if err != nil {
		return tlog.Tree{}, refuse("proof-log", "proof is not under a checkpoint of the token's log")
	}
	if signed.N <= position {
		return tlog.Tree{}, refuse("proof-old", "proof's checkpoint is from before the token")
	}
	if tlog.CheckRecord(p.path, signed.N, signed.Hash, position, leaf) != nil {
		return tlog.Tree{}, refuse("proof-mismatch", "proof is of another token")
	}
	return signed.Tree, nil
}
