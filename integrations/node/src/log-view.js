// What this process saw of one log: its newest tree, tiles that were proven under it, and the trees of proofs that clients
// sent along (spec/stapled.md).
import { leafAndRoot, leafHash, readCheckpoint, rootByPath, tilePath } from './log.js';
import { base64Url, FormatError, Refusal } from './strict.js';

const TILES_MAX = 1024;
const SHOWN_MAX = 1024;
const WAITING_MAX = 256;
const ASK_EVERY_MS = 1000;
const TIP_PAUSE_MS = 20;
const ISSUED_PER_SECOND_MAX = 100_000;
const PROOF_MAX = 16 * 1024;
const HASHES_MAX = 63;
const FORKED = 'the log has signed two histories';

const keep = (map, max, key, value) => {
  if (map.size >= max) map.delete(map.keys().next().value);
  map.set(key, value);
};

export class LogView {
  #read;
  #tipWait;
  #tip = { size: 0 };
  #tiles = new Map();
  #proven = new Map();
  #shown = new Map();
  #asked = -Infinity;
  #advancing;
  #waiting = 0;
  #forked = false;

  constructor(read, tipWaitMs) {
    this.#read = read;
    this.#tipWait = tipWaitMs;
  }

  /** Its newest tree; refuses everything once the log's key has signed two histories. */
  newest() {
    if (this.#forked) throw new Refusal('log-forked', FORKED);
    return this.#tip;
  }

  /** Its trees for an acknowledgement: the newest, or the two that do not fit. */
  heads() {
    const trees = this.#forked || [this.#tip].filter(({ size }) => size > 0);
    return trees.map(({ size, root }) => ({ size, root: root.toString('base64url') }));
  }

  /** That the log holds a leaf at a position. */
  async requireIssued(log, position, leaf) {
    let found;
    try {
      found = await this.#look(log, position);
    } catch (e) {
      if (e instanceof Refusal) throw e;
      this.#tiles.clear();
      found = await this.#online(log, position, leaf);
    }
    if (!found.equals(leaf)) throw new Refusal('never-issued', "the log holds another token at the token's position");
  }

  /** That a proof that came along shows the leaf at the position, under a tree of this log. */
  requireShown(log, position, leaf, header) {
    let proof;
    try {
      if (header.length > PROOF_MAX) throw new FormatError('a proof is too long');
      proof = parseProof(base64Url(header).toString('utf8'));
    } catch {
      throw new Refusal('proof-malformed', 'what came as the proof is none');
    }
    this.#take(log, requireProof(proof, log.key, position, leaf));
  }

  async #look(log, position) {
    const index = Math.floor(position / 256);
    const at = (position % 256) * 32;
    const deadline = performance.now() + this.#tipWait;
    for (;;) {
      const proven = this.#proven.get(index);
      if (this.newest() && proven?.length >= at + 32) return proven.subarray(at, at + 32);
      const tip = this.#tip;
      if (position < tip.size) return this.#prove(log, tip, position, index);
      if (this.#waiting >= WAITING_MAX) throw new Refusal('proof-unavailable', 'too many tokens wait for their log');
      this.#waiting++;
      try {
        await (this.#advancing ??= this.#advance(log).finally(() => (this.#advancing = undefined)));
        if (position < this.newest().size) continue;
        const reach = Math.max(1, (ISSUED_PER_SECOND_MAX * this.#tipWait) / 1000);
        if (performance.now() >= deadline || position - this.#tip.size >= reach) {
          throw new Refusal(
            'beyond-tip',
            "no checkpoint of the log covers the token's position: nothing shows that it was issued",
          );
        }
        await new Promise((resolve) => setTimeout(resolve, TIP_PAUSE_MS));
      } finally {
        this.#waiting--;
      }
    }
  }

  /** The leaf at a position; its whole tile is proven with it. */
  async #prove(log, tip, position, index) {
    const tile = this.#tileReader(log, tip.size);
    const { leaf, root } = await leafAndRoot(tile, tip.size, position);
    if (!root.equals(tip.root)) throw new FormatError('tiles do not lead to the root that the log signed');
    keep(this.#proven, TILES_MAX, index, await tile(0, index));
    return leaf;
  }

  #tileReader(log, size) {
    return async (level, index) => {
      const path = tilePath(level, index, size);
      const held = this.#tiles.get(path);
      if (held) return held;
      const bytes = Buffer.from(await this.#read(`${log.url}/${path}`));
      keep(this.#tiles, TILES_MAX, path, bytes);
      return bytes;
    };
  }

  /** Reads the log's checkpoint, and takes it once it agrees with every tree that was seen before. */
  async #advance(log) {
    const next = readCheckpoint(await this.#read(`${log.url}/checkpoint`), log.key);
    const newer = next.size >= this.#tip.size ? next : this.#tip;
    await this.requireExtends(log, newer === next ? this.#tip : next, newer);
    this.#tip = newer;
    for (const [name, shown] of this.#shown) {
      if (shown.sure || shown.tree.size > newer.size) continue;
      await this.requireExtends(log, shown.tree, newer);
      this.#shown.set(name, { ...shown, sure: true });
    }
  }

  async requireExtends(log, older, newer) {
    if (older.size === 0) return;
    const { root, before } =
      older.size === newer.size
        ? { root: newer.root, before: newer.root }
        : await leafAndRoot(this.#tileReader(log, newer.size), newer.size, older.size - 1);
    if (!root.equals(newer.root)) throw new FormatError('tiles do not lead to the root that the log signed');
    if (!before.equals(older.root)) {
      this.#forked = [newer, older];
      throw new Refusal('log-forked', FORKED);
    }
  }

  /** Takes the tree of a proof, and has it compared with the log as soon as that can be read. */
  #take(log, tree) {
    this.newest();
    const name = `${tree.size} ${tree.root.toString('base64')}`;
    const sure = this.#shown.get(name)?.sure;
    if (sure === undefined) {
      if (this.#shown.size >= SHOWN_MAX) for (const [old, held] of this.#shown) if (held.sure) this.#shown.delete(old);
      if (this.#shown.size >= SHOWN_MAX) {
        throw new Refusal('proof-unavailable', "too many proofs' checkpoints wait to be compared with the log");
      }
      this.#shown.set(name, { tree, sure: false });
    }
    if (sure || performance.now() - this.#asked < ASK_EVERY_MS) return;
    this.#asked = performance.now();
    // A log that is away is no reason to refuse what it signed: it is asked again with a later token.
    (this.#advancing ??= this.#advance(log).finally(() => (this.#advancing = undefined))).catch(() => {});
  }

  /** While tiles cannot be read, the authority may still have the proof of this one token. */
  async #online(log, position, leaf) {
    try {
      const proof = parseProof(String(await this.#read(`${log.url}/proof/${position}`)));
      this.#take(log, requireProof(proof, log.key, position, leaf));
      return leaf;
    } catch (e) {
      if (e instanceof Refusal && e.code === 'log-forked') throw e;
      throw new Refusal('proof-unavailable', 'the log cannot be read');
    }
  }
}

/** A proof of c2sp.org/tlog-proof. */
export function parseProof(proof) {
  const [, extra, index, path, checkpoint] =
    /^c2sp\.org\/tlog-proof@v1\n(?:extra (.*)\n)?index (0|[1-9][0-9]{0,14})\n((?:.*\n)*?)\n([^]*)$/.exec(proof) ?? [];
  if (index === undefined) throw new FormatError('a proof is none, or has no index');
  const hashes = path.split('\n').slice(0, -1);
  const decoded = [...hashes, extra ?? ''].map((line) => Buffer.from(line, 'base64'));
  if (
    hashes.length > HASHES_MAX ||
    decoded.some(
      (bytes, i) => bytes.toString('base64') !== (hashes[i] ?? extra ?? '') || (i < hashes.length && bytes.length !== 32),
    )
  ) {
    throw new FormatError('a proof has too many hashes, or one that is none');
  }
  return { index: Number(index), path: decoded.slice(0, -1), checkpoint };
}

/** The tree in which a proof shows a leaf at a position. */
export function requireProof(proof, key, position, leaf) {
  if (proof.index !== position) throw new Refusal('proof-mismatch', 'proof is of another position');
  let tree;
  try {
    tree = readCheckpoint(proof.checkpoint, key);
  } catch {
    throw new Refusal('proof-log', "proof is not under a checkpoint of the token's log");
  }
  if (tree.size <= position) throw new Refusal('proof-old', "proof's checkpoint is from before the token");
  if (!rootByPath(leaf, position, tree.size, proof.path)?.equals(tree.root)) {
    throw new Refusal('proof-mismatch', 'proof is of another token');
  }
  return tree;
}

/** The log's leaf data is a version byte and the digest (spec/leaf.md). */
export const leafOf = (digest) => leafHash(Buffer.concat([Buffer.from([1]), digest]));
