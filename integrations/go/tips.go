package verifier

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tilesMax           = 1024
	shownMax           = 1024
	issuedPerSecondMax = 100_000
	tipPause           = 20 * time.Millisecond
)

// logView is what this process saw of one log: its newest tree, tiles, and trees that clients' proofs were under.
type logView struct {
	extend sync.Mutex // held while a tree is compared with the newest

	mu     sync.Mutex
	tip    tlog.Tree
	tiles  map[string][]byte
	proven map[int64][]byte   // tiles of leaves, by index, all of whose hashes led to a root that the log signed
	shown  map[tlog.Tree]bool // true once the log's own tree was found to hold it
	asked  time.Time
	forked bool
}

func newLogView() *logView {
	return &logView{tiles: map[string][]byte{}, proven: map[int64][]byte{}, shown: map[tlog.Tree]bool{}}
}

func (v *logView) newest() (tlog.Tree, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.tip, v.forked
}

// hashes reads tiles of a tree, from memory where they are there.
func (v *logView) hashes(ctx context.Context, log *tokenLog, size int64, read Reader) tlog.HashReader {
	return tileHashes(size, func(path string, length int) ([]byte, error) {
		v.mu.Lock()
		held := v.tiles[path]
		v.mu.Unlock()
		if held != nil {
			return held, nil
		}
		data, err := read(ctx, log.url+"/"+path, length)
		if err != nil || len(data) != length {
			return nil, errors.Join(err, errors.New("a tile cannot be read, or is of another length"))
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.tiles) >= tilesMax {
			clear(v.tiles)
		}
		v.tiles[path] = data
		return data, nil
	})
}

func (v *logView) provenLeaf(position int64) (leaf tlog.Hash, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at := position % tileWidth * tlog.HashSize
	if tile := v.proven[position/tileWidth]; int64(len(tile)) > at {
		return tlog.Hash(tile[at : at+tlog.HashSize]), true
	}
	return leaf, false
}

// proved keeps the tile of a leaf that led to the root of a tree: its other leaves were on the way.
func (v *logView) proved(position, size int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	index := position / tileWidth
	tile := tlog.Tile{H: tileHeight, N: index, W: int(min(tileWidth, size-index*tileWidth))}
	if data := v.tiles[tilePath(tile)]; data != nil {
		if len(v.proven) >= tilesMax {
			clear(v.proven)
		}
		v.proven[index] = data
	}
}

// forget drops all tiles that are not proven: one of them is not the log's.
func (v *logView) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.tiles)
}

// advance reads the log's checkpoint, and takes it once it extends every tree of the log that was seen before.
func (v *logView) advance(ctx context.Context, log *tokenLog, read Reader) error {
	body, err := read(ctx, log.url+"/checkpoint", noteMax)
	if err != nil {
		return err
	}
	next, err := openCheckpoint(body, log.key)
	if err != nil {
		return err
	}
	v.extend.Lock()
	defer v.extend.Unlock()
	tip, _ := v.newest()
	larger := next.Tree
	if larger.N < tip.N {
		larger = tip
	}
	hashes := v.hashes(ctx, log, larger.N, read)
	if err := v.judge(requireExtends(tip, next.Tree, hashes)); err != nil {
		return err
	}
	v.mu.Lock()
	v.tip = larger
	var unsure []tlog.Tree
	for tree, sure := range v.shown {
		if !sure && tree.N <= larger.N {
			unsure = append(unsure, tree)
		}
	}
	v.mu.Unlock()
	for _, tree := range unsure {
		if err := v.judge(requireExtends(tree, larger, hashes)); err != nil {
			return err
		}
		v.mu.Lock()
		v.shown[tree] = true
		v.mu.Unlock()
	}
	return nil
}

// judge keeps in mind that a log has signed two histories.
func (v *logView) judge(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errFork) {
		v.mu.Lock()
		v.forked = true
		v.mu.Unlock()
		return refuse("log-forked", "the log has signed two histories")
	}
	v.forget()
	return err
}

// requireShown takes the tree of a client's proof, and compares it with the log as soon as that can be read.
func (v *logView) requireShown(ctx context.Context, log *tokenLog, tree tlog.Tree, read Reader, now time.Time) error {
	v.mu.Lock()
	sure, there := v.shown[tree]
	if !there {
		if len(v.shown) >= shownMax {
			for old, sure := range v.shown {
				if sure {
					delete(v.shown, old)
				}
			}
		}
		if len(v.shown) >= shownMax {
			v.mu.Unlock()
			return refuse("proof-unavailable", "too many proofs' checkpoints wait to be compared with the log")
		}
		v.shown[tree] = false
	}
	due := !sure && now.Sub(v.asked) >= time.Second
	if due {
		v.asked = now
	}
	v.mu.Unlock()
	if due {
		// A log that is away is no reason to refuse what it signed: it is asked again with a later token.
		var refusal *Refusal
		if err := v.advance(ctx, log, read); errors.As(err, &refusal) {
			return err
		}
	}
	return v.requireOneHistory()
}

func (v *logView) requireOneHistory() error {
	if _, forked := v.newest(); forked {
		return refuse("log-forked", "the log has signed two histories")
	}
	return nil
}

// online asks for the proof of this one token: the authority may still have it while tiles cannot be read.
func (v *logView) online(ctx context.Context, log *tokenLog, position int64, leaf tlog.Hash, read Reader) error {
	body, err := read(ctx, log.url+"/proof/"+strconv.FormatInt(position, 10), proofMax)
	if err == nil {
		var sent *proof
		var tree tlog.Tree
		if sent, err = parseProof(body); err == nil {
			if tree, err = sent.require(log.key, position, leaf); err == nil {
				return v.requireShown(ctx, log, tree, read, time.Now())
			}
		}
	}
	return refuse("proof-unavailable", "the log cannot be read")
}

// requireIssued says that the log holds the leaf at the position.
func (v *logView) requireIssued(ctx context.Context, log *tokenLog, position int64, leaf tlog.Hash, read Reader, wait time.Duration) error {
	found, err := v.look(ctx, log, position, read, wait)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return err
	}
	if err != nil {
		return v.online(ctx, log, position, leaf, read)
	}
	if found != leaf {
		return refuse("never-issued", "the log holds another token at the token's position")
	}
	return nil
}

func (v *logView) look(ctx context.Context, log *tokenLog, position int64, read Reader, wait time.Duration) (tlog.Hash, error) {
	deadline := time.Now().Add(wait)
	reach := max(1, int64(issuedPerSecondMax*wait.Seconds()))
	for {
		tip, forked := v.newest()
		if forked {
			return tlog.Hash{}, refuse("log-forked", "the log has signed two histories")
		}
		if position < tip.N {
			if found, known := v.provenLeaf(position); known {
				return found, nil
			}
			found, err := leafAt(tip, position, v.hashes(ctx, log, tip.N, read))
			if err != nil {
				v.forget()
			} else {
				v.proved(position, tip.N)
			}
			return found, err
		}
		if err := v.advance(ctx, log, read); err != nil {
			return tlog.Hash{}, err
		}
		if tip, _ = v.newest(); position < tip.N {
			continue
		}
		if !time.Now().Before(deadline) || position-tip.N >= reach {
			return tlog.Hash{}, refuse("beyond-tip", "no checkpoint of the log covers the token's position: nothing shows that it was issued")
		}
		select {
		case <-ctx.Done():
			return tlog.Hash{}, ctx.Err()
		case <-time.After(tipPause):
		}
	}
}
