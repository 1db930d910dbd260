// Public keys under which others than their owner sign (spec/keys.md, Weak keys): refused wherever
// they are stated.
import { checkPrimeSync, createECDH, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FormatError } from './strict.js';

const P = 2n ** 255n - 19n;
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL_ORDER = [0n, 1n, P - 1n, ORDER_8, P - ORDER_8];
const COORDINATE = 2n ** 255n - 1n;
const GENERATOR = 65_537n;
const ROCA_PRIME_MAX = 167;
const FACTOR_END = 65_536;
const FERMAT_STEPS = 16;
const POLYNOMIAL_BYTES = 320;
const NEAR_ZERO_MAX = 32;

// spec/known-keys.txt: keys whose private half is printed in RFCs and elsewhere, or guessed at once.
const LISTED = readFileSync(new URL('./known-keys.txt', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => line.split(' '));
const listed = (kind) => LISTED.filter((line) => line[0] === kind).map((line) => line[1]);
const KNOWN_ED25519 = new Set(listed('Ed25519'));
const KNOWN_ML_DSA_44 = new Set(listed('ML-DSA-44'));
const KNOWN_P256 = new Set(listed('P-256'));
const KNOWN_MODULI = listed('RSA').map((n) => number(Buffer.from(n, 'base64url')));
for (let key = 1, ecdh = createECDH('prime256v1'); key <= 1024; key++) {
  ecdh.setPrivateKey(Buffer.from(key.toString(16).padStart(64, '0'), 'hex'));
  KNOWN_P256.add(ecdh.getPublicKey().subarray(1, 33).toString('base64url'));
}
const WELL_KNOWN = 'everybody knows the private half of a key';

function number(bytes) {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
}

/** Refuses an Ed25519 key of small order, and one that is no encoding of a point. */
export function requireOwnedEd25519(raw) {
  const y = number(Buffer.from(raw).reverse()) & COORDINATE;
  if (y >= P || SMALL_ORDER.includes(y)) throw new FormatError('anybody can sign under an Ed25519 key');
  if (KNOWN_ED25519.has(Buffer.from(raw).toString('base64url'))) throw new FormatError(WELL_KNOWN);
}

/** Refuses an ML-DSA-44 key one of whose polynomials is next to zero. */
export function requireOwnedMlDsa44(pub) {
  if (pub.length !== 1312) throw new FormatError('an ML-DSA-44 key has 1312 bytes');
  for (let from = 32; from < pub.length; from += POLYNOMIAL_BYTES) {
    let near = 0;
    for (let bit = 0; bit < POLYNOMIAL_BYTES * 8; bit += 10) {
      const at = from + (bit >> 3);
      const coefficient = ((pub[at] | (pub[at + 1] << 8)) >> bit % 8) & 1023;
      if (coefficient <= 1 || coefficient >= 1022) near++;
    }
    if (near > NEAR_ZERO_MAX) throw new FormatError('anybody can sign under an ML-DSA-44 key');
  }
  if (KNOWN_ML_DSA_44.has(createHash('sha256').update(pub).digest('base64url'))) throw new FormatError(WELL_KNOWN);
}

const gcd = (a, b) => (b === 0n ? a : gcd(b, a % b));

const PRIMES = [];
for (let n = 3, composite = new Uint8Array(FACTOR_END); n < FACTOR_END; n += 2) {
  if (composite[n]) continue;
  PRIMES.push(n);
  for (let multiple = 3 * n; multiple < FACTOR_END; multiple += 2 * n) composite[multiple] = 1;
}

function isPowerOfGenerator(residue, prime) {
  let power = 1n;
  do {
    if (power === residue) return true;
    power = (power * GENERATOR) % prime;
  } while (power !== 1n);
  return false;
}

function root(n) {
  if (n === 0n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** Refuses an RSA modulus that can be factored: the mark of ROCA, a small factor, two close ones. */
export function requireOwnedRsa(n) {
  const modulus = number(n);
  const roca = PRIMES.filter((prime) => prime <= ROCA_PRIME_MAX).map(BigInt);
  if (roca.every((prime) => isPowerOfGenerator(modulus % prime, prime))) {
    throw new FormatError('an RSA modulus carries the mark of ROCA');
  }
  if (PRIMES.some((prime) => modulus % BigInt(prime) === 0n)) {
    throw new FormatError('an RSA modulus has a small factor');
  }
  let a = root(modulus);
  for (let step = 0; step <= FERMAT_STEPS; step++, a++) {
    const square = a * a - modulus;
    if (square >= 0n && root(square) ** 2n === square) throw new FormatError('an RSA modulus has two close factors');
  }
  if (KNOWN_MODULI.some((known) => gcd(known, modulus) !== 1n)) throw new FormatError(WELL_KNOWN);
  if (checkPrimeSync(modulus)) throw new FormatError('an RSA modulus is a prime');
}

/** Refuses a JWK under which others than its owner sign. */
export function requireOwned(jwk) {
  if (jwk.kty === 'OKP') requireOwnedEd25519(Buffer.from(jwk.x, 'base64url'));
  else if (jwk.kty === 'AKP') requireOwnedMlDsa44(Buffer.from(jwk.pub, 'base64url'));
  else if (jwk.kty === 'EC' && KNOWN_P256.has(jwk.x)) throw new FormatError(WELL_KNOWN);
  else if (jwk.kty === 'RSA') requireOwnedRsa(Buffer.from(jwk.n, 'base64url'));
}
