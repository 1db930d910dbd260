package verifier

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Logs of c2sp.org/tlog-tiles, with the notes and trees of golang.org/x/mod/sumdb.

const (
	noteMax       = 256 << 10
	tileHeight    = 8
	tileWidth     = 1 << tileHeight
	entryMax      = 65_535
	bundleMax     = tileWidth * (2 + entryMax)
	sizeEnd       = 1_000_000_000_000_000
	timeMax       = 100_000_000_000
	nameBytesMax  = 255
	readTimeout   = 2 * time.Second
	signaturesMax = 64
	failuresMax   = 2

	typeEd25519     = 0x01
	typeCosignature = 0x04
	typeNamed       = 0xff
	revocationsLine = "counterfoil-revocations/v1"
)

// errFork says that a log's key signed two histories, and that both were seen.
var errFork = errors.New("a log has signed two histories")

var sizeForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})$`)

// logKey is a key of a signed note.
type logKey struct {
	name, text string
	raw        ed25519.PublicKey
}

// parseVkey reads name+hash+base64 in its one spelling.
func parseVkey(vkey string) (*logKey, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	name := verifier.Name()
	typed, err := base64Std(vkey[min(len(vkey), len(name)+10):], 33)
	if err != nil || len(name) > nameBytesMax || strings.ContainsAny(vkey, "\r\n") {
		return nil, errors.New("a vkey is not in its one spelling")
	}
	key := &logKey{name: name, text: vkey, raw: typed[1:]}
	if typed[0] != typeEd25519 || vkey != fmt.Sprintf("%s+%08x+%s", name, key.hash([]byte{typeEd25519}), base64.StdEncoding.EncodeToString(typed)) {
		return nil, errors.New("not an Ed25519 vkey")
	}
	return key, requireOwnedEd25519(key.raw)
}

func (k *logKey) hash(kind []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(k.name + "\n"))
	h.Write(kind)
	h.Write(k.raw)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// lineVerifier checks one kind of line of a log's own key.
type lineVerifier struct {
	name   string
	hash   uint32
	verify func(msg, sig []byte) bool
}

func (v lineVerifier) Name() string                { return v.name }
func (v lineVerifier) KeyHash() uint32             { return v.hash }
func (v lineVerifier) Verify(msg, sig []byte) bool { return v.verify(msg, sig) }

// checkpoint is one that its log signed.
type checkpoint struct {
	tlog.Tree
	text       string
	signatures int
	time       int64       // of the log's own cosignature; -1 without it
	revoked    *revokedTip // of a head of the key log
}

// revokedTip says how large the open revocation log is (spec/keylog.md, Revocation logs).
type revokedTip struct {
	time, number int64
	tree         tlog.Tree
}

// openCheckpoint reads a checkpoint that the key has signed.
func openCheckpoint(msg []byte, key *logKey) (*checkpoint, error) {
	if len(msg) > noteMax {
		return nil, errors.New("a note is too long")
	}
	found := &checkpoint{time: -1}
	plain := lineVerifier{key.name, key.hash([]byte{typeEd25519}), func(msg, sig []byte) bool { return ed25519.Verify(key.raw, msg, sig) }}
	timed := lineVerifier{key.name, key.hash([]byte{typeCosignature}), func(msg, sig []byte) bool {
		if len(sig) != 8+ed25519.SignatureSize {
			return false
		}
		at := binary.BigEndian.Uint64(sig)
		found.time = int64(min(at, timeMax+1))
		return at > 0 && at <= timeMax && ed25519.Verify(key.raw, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, msg), sig[8:])
	}}
	opened, err := note.Open(msg, note.VerifierList(plain, timed))
	if err != nil {
		return nil, err
	}
	found.text = opened.Text
	if err := found.readLines(string(msg[len(opened.Text)+1:]), key); err != nil {
		return nil, err
	}
	signed := false
	for _, signature := range opened.Sigs {
		signed = signed || signature.Hash == plain.hash
	}
	lines := strings.Split(opened.Text, "\n")
	if !signed || len(lines) < 4 || lines[0] != key.name || !sizeForm.MatchString(lines[1]) {
		return nil, errors.New("a checkpoint is not of this log, or has no size")
	}
	found.Tree, err = parseTree(lines[1], lines[2])
	return found, err
}

func parseTree(size, root string) (tlog.Tree, error) {
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	decoded, err := base64Std(root, tlog.HashSize)
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: n, Hash: tlog.Hash(decoded)}, nil
}

// readLines looks at each signature line: note.Open drops the second of two, and takes loose base64.
func (c *checkpoint) readLines(lines string, key *logKey) error {
	revocations := key.hash(append([]byte{typeNamed}, revocationsLine...))
	for _, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
		_, encoded, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if c.signatures++; err != nil || c.signatures > signaturesMax {
			return errors.New("a signature line is malformed, or one too many")
		}
		if strings.HasPrefix(line, "— "+key.name+" ") && binary.BigEndian.Uint32(decoded) == revocations {
			if c.revoked != nil {
				return errors.New("a head has two lines about revocations")
			}
			if c.revoked, err = readRevokedTip(decoded[4:], c.text, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func readRevokedTip(line []byte, text string, key *logKey) (*revokedTip, error) {
	if len(line) != 3*8+tlog.HashSize+ed25519.SignatureSize {
		return nil, errors.New("a line about revocations has another length")
	}
	at, number, size := binary.BigEndian.Uint64(line), binary.BigEndian.Uint64(line[8:]), binary.BigEndian.Uint64(line[16:])
	if at > timeMax || number < 1 || number >= sizeEnd || size >= sizeEnd {
		return nil, errors.New("a line about revocations is out of range")
	}
	root := line[24:56]
	says := fmt.Sprintf("%s\ntime %d\nlog %d\nsize %d\nroot %s\n%s", revocationsLine, at, number, size, base64.StdEncoding.EncodeToString(root), text)
	if !ed25519.Verify(key.raw, []byte(says), line[56:]) {
		return nil, errors.New("a line about revocations is not signed by the log")
	}
	return &revokedTip{int64(at), int64(number), tlog.Tree{N: int64(size), Hash: tlog.Hash(root)}}, nil
}

// rootOf gives the root of a whole list of leaf hashes.
func rootOf(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 0 {
		return sha256.Sum256(nil)
	}
	if len(hashes) == 1 {
		return hashes[0]
	}
	left := 1
	for left*2 < len(hashes) {
		left *= 2
	}
	return tlog.NodeHash(rootOf(hashes[:left]), rootOf(hashes[left:]))
}

// Reader gives the body at a URL, of at most so many bytes. It is an http.Client's unless Options has another.
type Reader func(ctx context.Context, url string, most int) ([]byte, error)

// HTTPReader reads with a client, which needs a time limit of its own; redirects are no answers.
func HTTPReader(client *http.Client) Reader {
	return func(ctx context.Context, url string, most int) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return nil, statusError(response.StatusCode)
		}
		// What was announced is not believed: it may be left out.
		body, err := io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
		if err == nil && len(body) > most {
			err = fmt.Errorf("body is longer than %d bytes", most)
		}
		return body, err
	}
}

// statusError is an answer, of an authority that does not stand still unless it is 500 or above.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

// guarded gives a reader with a circuit: after two reads in a row that had no answer everything fails at once, so that
// no request waits for an authority that stands still. Every two seconds one read tries again.
func guarded(read Reader, clock func() time.Time) Reader {
	var mu sync.Mutex
	failures, tryAt := 0, time.Time{}
	return func(ctx context.Context, url string, most int) ([]byte, error) {
		mu.Lock()
		if open := failures >= failuresMax; open && clock().Before(tryAt) {
			mu.Unlock()
			return nil, errors.New("the authority does not answer")
		} else if open {
			tryAt = clock().Add(readTimeout)
		}
		mu.Unlock()
		body, err := read(ctx, url, most)
		var status statusError
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil || (errors.As(err, &status) && status < http.StatusInternalServerError):
			failures = 0
		case ctx.Err() == nil: // a request that ended says nothing of the authority
			if failures++; failures == failuresMax {
				tryAt = clock().Add(readTimeout)
			}
		}
		return body, err
	}
}

func defaultClient() *http.Client {
	return &http.Client{
		Timeout:       readTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// tilePath is tlog.Tile's, without the height that c2sp.org/tlog-tiles leaves out.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// tileHashes reads hashes from tiles without checking them against their parents: tlog's reader (v0.19) does not hold
// every tile against its parent, where several subtrees of the root lie in one tile. What uses it checks a whole proof.
func tileHashes(size int64, read func(path string, length int) ([]byte, error)) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			tile := tlog.TileForIndex(tileHeight, index)
			tile.W = int(min(tileWidth, size>>(tileHeight*tile.L)-tile.N<<tileHeight))
			if tile.W < 1 {
				return nil, errors.New("no such tile")
			}
			data, err := read(tilePath(tile), tile.W*tlog.HashSize)
			if err != nil {
				return nil, err
			}
			if len(data) != tile.W*tlog.HashSize {
				return nil, errors.New("a tile is of another length")
			}
			if hashes[i], err = tlog.HashFromTile(tile, data, index); err != nil {
				return nil, err
			}
		}
		return hashes, nil
	})
}

// leafAt gives the leaf hash at a position, once its path leads to the tree's root.
func leafAt(tree tlog.Tree, position int64, hashes tlog.HashReader) (tlog.Hash, error) {
	leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, position)})
	if err != nil {
		return tlog.Hash{}, err
	}
	proof, err := tlog.ProveRecord(tree.N, position, hashes)
	if err != nil {
		return tlog.Hash{}, err
	}
	return leaf[0], tlog.CheckRecord(proof, tree.N, tree.Hash, position, leaf[0])
}

// requireExtends returns errFork when the newer of two trees is not a continuation of the older one, and another error
// when the tiles do not tell.
func requireExtends(older, newer tlog.Tree, hashes tlog.HashReader) error {
	if older.N > newer.N {
		older, newer = newer, older
	}
	if older.N == 0 {
		return nil
	}
	if older.N == newer.N {
		if older.Hash != newer.Hash {
			return errFork
		}
		return nil
	}
	then, err := tlog.TreeHash(older.N, hashes)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(newer.N, older.N, hashes)
	if err != nil {
		return err
	}
	// The tiles lead to the newer root: what the tree was is what they say, and not what the older note says.
	if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, then); err != nil {
		return err
	}
	if then != older.Hash {
		return errFork
	}
	return nil
}

// readEntries reads the first entries of a log from its bundles.
func readEntries(size int64, read func(path string) ([]byte, error)) ([][]byte, error) {
	var entries [][]byte
	for index := int64(0); index*tileWidth < size; index++ {
		width := int(min(tileWidth, size-index*tileWidth))
		bundle, err := read(tilePath(tlog.Tile{H: tileHeight, L: -1, N: index, W: width}))
		if err != nil {
			return nil, err
		}
		for ; width > 0; width-- {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, errors.New("a bundle is cut")
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) > 0 {
			return nil, errors.New("a bundle goes on after its entries")
		}
	}
	return entries, nil
}

func leavesOf(entries [][]byte) []tlog.Hash {
	leaves := make([]tlog.Hash, len(entries))
	for i, entry := range entries {
		leaves[i] = tlog.RecordHash(entry)
	}
	return leaves
}

func hexDigest(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
