// Command auditor checks a Counterfoil log over HTTP with other people's software only: the notes
// and tiles of golang.org/x/mod/sumdb and the tree of github.com/transparency-dev/merkle. It shares
// no code with Counterfoil, and is what an auditor could have written himself.
//
// It is built from Debian's packages, without modules and without a network:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build auditor.go
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"strings"
	"sync"

	fmtlog "github.com/transparency-dev/formats/log"
	fmtnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight    = 8
	tileWidth     = 1 << tileHeight
	bundlesAtOnce = 64
	bytesMax      = 32 << 20
)

var (
	url       = flag.String("url", "", "prefix of the log's URL")
	vkey      = flag.String("vkey", "", "the log's key")
	cosigners = flag.String("cosigners", "", "keys of cosigners that must have signed checkpoint.cosigned, with spaces between")
	kept      = flag.String("kept", "", "file with a signed checkpoint of the log that it must extend")
	samples   = flag.Int("samples", 200, "positions whose inclusion, and sizes whose consistency, are proved")
	seed      = flag.Int64("seed", 1, "seed of the samples")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := check(); err != nil {
		log.Printf("FAILED %v", err)
		os.Exit(1)
	}
}

func check() error {
	text, err := get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(text)
	if err != nil {
		return err
	}
	tiles := &tileReader{saved: map[tlog.Tile][]byte{}}
	hashes := tlog.TileHashReader(tree, tiles)
	prefixes, err := checkEntries(tree, hashes)
	if err != nil {
		return err
	}
	if err := checkSamples(tree, hashes, prefixes); err != nil {
		return err
	}
	if err := checkKept(tree, hashes); err != nil {
		return err
	}
	cosignatures, err := checkCosigned(tree, hashes)
	if err != nil {
		return err
	}
	fmt.Printf("OK %d entries, root %v, %d tiles, %d samples, %d cosignatures\n",
		tree.N, tree.Hash, len(tiles.saved), *samples, cosignatures)
	return nil
}

// open checks a checkpoint's signature and reads its tree.
func open(text []byte, more ...note.Verifier) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(*vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(text, note.VerifierList(append(more, verifier)...))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	if len(signed.Sigs) != 1+len(more) {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %d of the wanted signatures", len(signed.Sigs))
	}
	var checkpoint fmtlog.Checkpoint
	if _, err := checkpoint.Unmarshal([]byte(signed.Text)); err != nil {
		return tlog.Tree{}, err
	}
	if checkpoint.Origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint is of %q", checkpoint.Origin)
	}
	tree := tlog.Tree{N: int64(checkpoint.Size)}
	copy(tree.Hash[:], checkpoint.Hash)
	return tree, nil
}

// checkEntries holds every entry against its leaf hash in the tiles, and makes the root of all with
// another library: sumdb's reader (golang.org/x/mod 0.19) does not hold every full tile against its
// parent, where several subtrees of the root lie in one tile. It gives the roots of some sizes on the way.
func checkEntries(tree tlog.Tree, hashes tlog.HashReader) (map[int64][]byte, error) {
	wanted := map[int64]bool{}
	random := rand.New(rand.NewSource(*seed))
	for i := 0; i < *samples && tree.N > 0; i++ {
		wanted[1+random.Int63n(tree.N)] = true
	}
	prefixes := map[int64][]byte{}
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	all := factory.NewEmptyRange(0)
	for first := int64(0); first < tree.N; first += bundlesAtOnce * tileWidth {
		bundles, err := fetchBundles(first, tree.N)
		if err != nil {
			return nil, err
		}
		at := first
		for _, bundle := range bundles {
			indexes := make([]int64, len(bundle))
			for i := range bundle {
				indexes[i] = tlog.StoredHashIndex(0, at+int64(i))
			}
			stored, err := hashes.ReadHashes(indexes)
			if err != nil {
				return nil, fmt.Errorf("tiles at %d: %w", at, err)
			}
			for i, entry := range bundle {
				leaf := rfc6962.DefaultHasher.HashLeaf(entry)
				if !bytes.Equal(leaf, stored[i][:]) {
					return nil, fmt.Errorf("entry %d is not the one of its leaf hash", at)
				}
				if err := all.Append(leaf, nil); err != nil {
					return nil, err
				}
				at++
				if wanted[at] {
					if prefixes[at], err = all.GetRootHash(nil); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	root, err := all.GetRootHash(nil)
	if err != nil {
		return nil, err
	}
	if tree.N == 0 {
		root = rfc6962.DefaultHasher.EmptyRoot()
	}
	if !bytes.Equal(root, tree.Hash[:]) {
		return nil, errors.New("the entries do not make the checkpoint's root")
	}
	return prefixes, nil
}

// checkSamples proves inclusion and consistency with one library and checks the proofs with both.
func checkSamples(tree tlog.Tree, hashes tlog.HashReader, prefixes map[int64][]byte) error {
	root := tree.Hash[:]
	for size, prefix := range prefixes {
		position := size - 1
		stored, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, position)})
		if err != nil {
			return err
		}
		inclusion, err := tlog.ProveRecord(tree.N, position, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(inclusion, tree.N, tree.Hash, position, stored[0]); err != nil {
			return fmt.Errorf("inclusion of %d: %w", position, err)
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(position), uint64(tree.N),
			stored[0][:], slices(inclusion), root); err != nil {
			return fmt.Errorf("inclusion of %d: %w", position, err)
		}
		if err := checkConsistency(tree, hashes, size, prefix); err != nil {
			return err
		}
	}
	return nil
}

func checkConsistency(tree tlog.Tree, hashes tlog.HashReader, size int64, root []byte) error {
	var old tlog.Hash
	copy(old[:], root)
	consistency, err := tlog.ProveTree(tree.N, size, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(consistency, tree.N, tree.Hash, size, old); err != nil {
		return fmt.Errorf("consistency with size %d: %w", size, err)
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(size), uint64(tree.N),
		slices(consistency), root, tree.Hash[:]); err != nil {
		return fmt.Errorf("consistency with size %d: %w", size, err)
	}
	return nil
}

func checkKept(tree tlog.Tree, hashes tlog.HashReader) error {
	if *kept == "" {
		return nil
	}
	text, err := os.ReadFile(*kept)
	if err != nil {
		return err
	}
	old, err := open(text)
	if err != nil {
		return err
	}
	return checkConsistency(tree, hashes, old.N, old.Hash[:])
}

func checkCosigned(tree tlog.Tree, hashes tlog.HashReader) (int, error) {
	var verifiers []note.Verifier
	for _, key := range strings.Fields(*cosigners) {
		verifier, err := fmtnote.NewVerifierForCosignatureV1(key)
		if err != nil {
			return 0, err
		}
		verifiers = append(verifiers, verifier)
	}
	if len(verifiers) == 0 {
		return 0, nil
	}
	text, err := get("checkpoint.cosigned")
	if err != nil {
		return 0, err
	}
	cosigned, err := open(text, verifiers...)
	if err != nil {
		return 0, err
	}
	if cosigned.N > tree.N {
		tree, hashes = cosigned, tlog.TileHashReader(cosigned, &tileReader{saved: map[tlog.Tile][]byte{}})
	}
	return len(verifiers), checkConsistency(tree, hashes, cosigned.N, cosigned.Hash[:])
}

func slices(hashes []tlog.Hash) [][]byte {
	var out [][]byte
	for i := range hashes {
		out = append(out, hashes[i][:])
	}
	return out
}

// fetchBundles gets some entry bundles side by side.
func fetchBundles(first, size int64) ([][][]byte, error) {
	var paths []string
	var widths []int64
	for at := first; at < size && len(paths) < bundlesAtOnce; at += tileWidth {
		width := min(size-at, tileWidth)
		tile := tlog.Tile{H: tileHeight, L: 0, N: at / tileWidth, W: int(width)}
		paths = append(paths, strings.Replace(path(tile), "tile/0/", "tile/entries/", 1))
		widths = append(widths, width)
	}
	bundles := make([][][]byte, len(paths))
	bodies, err := getAll(paths)
	if err != nil {
		return nil, err
	}
	for i, body := range bodies {
		for len(body) >= 2 {
			length := int(binary.BigEndian.Uint16(body))
			if len(body) < 2+length {
				return nil, fmt.Errorf("%s: an entry is cut off", paths[i])
			}
			bundles[i] = append(bundles[i], body[2:2+length])
			body = body[2+length:]
		}
		if len(body) != 0 || int64(len(bundles[i])) != widths[i] {
			return nil, fmt.Errorf("%s: not %d entries", paths[i], widths[i])
		}
	}
	return bundles, nil
}

// path is a tile's path as c2sp.org/tlog-tiles has it: sumdb's without the height.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}

type tileReader struct {
	mutex sync.Mutex
	saved map[tlog.Tile][]byte
}

func (r *tileReader) Height() int { return tileHeight }

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	out := make([][]byte, len(tiles))
	var paths []string
	var missing []int
	for i, tile := range tiles {
		if out[i] = r.saved[tile]; out[i] == nil {
			paths = append(paths, path(tile))
			missing = append(missing, i)
		}
	}
	bodies, err := getAll(paths)
	if err != nil {
		return nil, err
	}
	for i, body := range bodies {
		out[missing[i]] = body
	}
	return out, nil
}

// SaveTiles is told of tiles that were proved.
func (r *tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for i, tile := range tiles {
		r.saved[tile] = data[i]
	}
}

func getAll(paths []string) ([][]byte, error) {
	bodies := make([][]byte, len(paths))
	errs := make([]error, len(paths))
	var wait sync.WaitGroup
	for i := range paths {
		wait.Add(1)
		go func() {
			defer wait.Done()
			bodies[i], errs[i] = get(paths[i])
		}()
	}
	wait.Wait()
	return bodies, errors.Join(errs...)
}

var client = &http.Client{Transport: &http.Transport{MaxConnsPerHost: 8, MaxIdleConnsPerHost: 8}}

func get(path string) ([]byte, error) {
	response, err := client.Get(strings.TrimRight(*url, "/") + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, bytesMax))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return body, nil
}
