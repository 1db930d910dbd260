// Logs of c2sp.org/tlog-tiles: signed notes and checkpoints, tiles, and the root through one leaf
// (RFC 6962 2.1).
import { createHash, createPublicKey, verify } from 'node:crypto';
import { FormatError } from './strict.js';
import { requireOwnedEd25519 } from './weak-keys.js';

export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const node = (left, right) => sha256(Buffer.from([1]), left, right);
const ED25519 = 1;
const COSIGNATURE = 4;
const REVOCATIONS = 'counterfoil-revocations/v1';
const NAMED_TYPE = 0xff;
const TILE = 256;

/** A key of a signed note: `name+hash+base64`. */
export function parseVkey(vkey) {
  const [name, hash, key, ...more] = splitVkey(vkey);
  const bytes = Buffer.from(key ?? '', 'base64');
  if (more.length || bytes.length !== 33 || bytes[0] !== ED25519) {
    throw new FormatError('not an Ed25519 vkey');
  }
  if (keyHash(name, bytes).toString('hex') !== hash) throw new FormatError("a vkey's hash is wrong");
  requireOwnedEd25519(bytes.subarray(1));
  return { name, raw: bytes.subarray(1), hash: keyHash(name, bytes), text: vkey };
}

// The base64 part may hold plus signs; name and hash hold none.
function splitVkey(vkey) {
  const first = vkey.indexOf('+');
  const second = vkey.indexOf('+', first + 1);
  return first < 1 || second < 0
    ? []
    : [vkey.slice(0, first), vkey.slice(first + 1, second), vkey.slice(second + 1)];
}

const keyHash = (name, typeAndKey) => sha256(name, '\n', typeAndKey).subarray(0, 4);

/** The JWK of an Ed25519 key's 32 bytes. */
export const ed25519Jwk = (raw) => ({
  crv: 'Ed25519',
  kty: 'OKP',
  x: Buffer.from(raw).toString('base64url'),
});

const isSigned = (raw, text, signature) =>
  verify(null, Buffer.from(text), createPublicKey({ key: ed25519Jwk(raw), format: 'jwk' }), signature);

/** A checkpoint that its log signed; with `timed`, the time of the log's own cosignature too. */
export function readCheckpoint(bytes, key, timed = false) {
  const note = Buffer.from(bytes).toString('utf8');
  const end = note.indexOf('\n\n');
  if (end < 0) throw new FormatError('a checkpoint is no signed note');
  const text = note.slice(0, end + 1);
  let signed = false;
  let time;
  let revocations;
  for (const line of note.slice(end + 2).split('\n').slice(0, -1)) {
    const [dash, name, encoded] = line.split(' ');
    const signature = Buffer.from(encoded ?? '', 'base64');
    if (dash !== '—' || name !== key.name) continue;
    const id = signature.subarray(0, 4);
    if (id.equals(key.hash)) {
      signed ||= isSigned(key.raw, text, signature.subarray(4));
    } else if (id.equals(keyHash(name, Buffer.concat([Buffer.from([COSIGNATURE]), key.raw])))) {
      // c2sp.org/tlog-cosignature: eight bytes of time, then the signature over it and the text.
      const at = signature.readBigUInt64BE(4);
      if (isSigned(key.raw, `cosignature/v1\ntime ${at}\n${text}`, signature.subarray(12))) {
        time = Number(at);
      }
    } else if (id.equals(keyHash(name, Buffer.concat([Buffer.from([NAMED_TYPE]), Buffer.from(REVOCATIONS), key.raw])))) {
      if (revocations) throw new FormatError('a head has two lines about revocations');
      revocations = readRevocations(signature.subarray(4), text, key);
    }
  }
  const [origin, size, root] = text.split('\n');
  if (!signed || (timed && time === undefined)) throw new FormatError('a log did not sign this');
  if (origin !== key.name || !/^(0|[1-9][0-9]{0,14}|10{15})$/.test(size)) {
    throw new FormatError('a checkpoint is of another log, or has no size');
  }
  return { size: Number(size), root: Buffer.from(root, 'base64'), time, revocations };
}

/** How large the open revocation log is, by the line under a head of the key log (spec/keylog.md). */
function readRevocations(line, text, key) {
  if (line.length !== 3 * 8 + 32 + 64) throw new FormatError('a line about revocations has another length');
  const [time, number, size] = [0, 8, 16].map((at) => line.readBigUInt64BE(at));
  const root = line.subarray(24, 56);
  const says = `time ${time}\nlog ${number}\nsize ${size}\nroot ${root.toString('base64')}\n`;
  if (
    time > 100_000_000_000n ||
    number < 1n ||
    number >= 10n ** 15n ||
    size >= 10n ** 15n ||
    !isSigned(key.raw, `${REVOCATIONS}\n${says}${text}`, line.subarray(56))
  ) {
    throw new FormatError('a line about revocations is not signed by the log');
  }
  return { time: Number(time), number: Number(number), size: Number(size), root };
}

/** The path of a tile of a tree: `level` is a number or `entries`. */
export function tilePath(level, index, size) {
  const width = Math.min(TILE, Math.floor(size / TILE ** (level === 'entries' ? 0 : level)) - index * TILE);
  if (width < 1) throw new FormatError('no such tile');
  const groups = [];
  for (let rest = index, last = true; last || rest > 0; rest = Math.floor(rest / 1000), last = false) {
    groups.unshift((last ? '' : 'x') + String(rest % 1000).padStart(3, '0'));
  }
  return `tile/${level}/${groups.join('/')}${width < TILE ? `.p/${width}` : ''}`;
}

export const leafHash = (entry) => sha256(Buffer.from([0]), entry);

/** The root of a whole list of leaf hashes. */
export function rootOf(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  const left = largestPowerBelow(hashes.length);
  return node(rootOf(hashes.slice(0, left)), rootOf(hashes.slice(left)));
}

function largestPowerBelow(n) {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

/** The root that a path of hashes gives a leaf (RFC 9162 2.1.3.2); undefined when the path has another length. */
export function rootByPath(leaf, position, size, path) {
  let [at, last, root] = [position, size - 1, leaf];
  const up = () => ([at, last] = [Math.floor(at / 2), Math.floor(last / 2)]);
  for (const hash of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      root = node(hash, root);
      while (at % 2 === 0 && at !== 0) up();
    } else {
      root = node(root, hash);
    }
    up();
  }
  return last === 0 ? root : undefined;
}

/**
 * The leaf hash at a position, and the roots that follow from the tiles on its path: that of the whole tree, and that of
 * the tree that ends with this leaf. Where they are the signed ones, the leaf stands there, and one tree
 * extends the other.
 */
export async function leafAndRoot(tile, size, position) {
  const hashAt = async (level, index) => {
    const hashes = await tile(level, Math.floor(index / TILE));
    const at = (index % TILE) * 32;
    if (hashes.length < at + 32) throw new FormatError('a tile is too short');
    return hashes.subarray(at, at + 32);
  };
  // A perfect subtree off the path is taken as its tiles have it; one on the path is descended.
  const off = async (start, width) => {
    const bits = Math.log2(width);
    if (Number.isInteger(bits) && start % width === 0 && bits % 8 === 0) return hashAt(bits / 8, start / width);
    const left = largestPowerBelow(width);
    return node(await off(start, left), await off(start + left, width - left));
  };
  const on = async (start, width) => {
    if (width === 1) {
      const leaf = await hashAt(0, start);
      return { leaf, root: leaf, before: leaf };
    }
    const left = largestPowerBelow(width);
    if (position < start + left) {
      const inner = await on(start, left);
      return { ...inner, root: node(inner.root, await off(start + left, width - left)) };
    }
    const [before, inner] = [await off(start, left), await on(start + left, width - left)];
    return { ...inner, root: node(before, inner.root), before: node(before, inner.before) };
  };
  return on(0, size);
}
