// Proofs of possession (RFC 9449 4.3, 7.1): that the client which sends a request holds the key to which its token is
// bound, and made the proof just now, for this request, and for this once.
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { sha256 } from './log.js';
import { allowOnly, base64Url, FormatError, object, plain, Refusal, strictObject, text, whole } from './strict.js';
import { requireOwned } from './weak-keys.js';

export const DPOP_ALGORITHMS = ['ES256', 'PS256', 'EdDSA', 'Ed25519'];
const LENGTH_MAX = 8 * 1024;
const VALUES_MAX = 64;
const JTI_MAX = 256;
const WINDOW_S = 60;
const PROOFS_MAX = 100_000;
/** One key fills no more of it, so that a client which floods it shuts out itself. */
const SHARE_MAX = PROOFS_MAX / 8;

const missing = (reason) => new Refusal('binding-missing', reason);

export class Possession {
  #madeAt;
  #now;
  #used;

  /** @param used remembers proofs; processes behind one address share one */
  constructor(now, used = new UsedProofs()) {
    this.#now = now;
    this.#madeAt = Math.floor(now());
    this.#used = used;
  }

  /** Throws a Refusal unless the sender of the request holds what the token is bound to. */
  async require(token, claims, binding, request) {
    if (claims.bindingUnknown) throw missing('token is bound in a way that cannot be checked here');
    if (binding === 'required' && !claims.bound) throw missing('a token bound to its client is wanted');
    if (claims.certificate !== undefined) {
      // First: it uses up no proof.
      if (!request.certificate) throw missing('token is bound to a certificate and came without one');
      if (request.certificate !== claims.certificate) {
        throw new Refusal('binding-invalid', 'token is bound to another certificate');
      }
    }
    if (claims.key === undefined) return;
    if (!request.dpop || !request.method || !request.url) throw missing('token is bound to a key and came without a proof');
    try {
      await this.#requireProof(token, claims.key, request);
    } catch (e) {
      throw e instanceof FormatError ? new Refusal('binding-invalid', e.message) : e;
    }
  }

  async #requireProof(token, thumbprint, { dpop, method, url }) {
    const parts = dpop.length <= LENGTH_MAX ? dpop.split('.') : [];
    if (parts.length !== 3) throw new FormatError('proof is too long, or not header.payload.signature');
    const header = strictObject(base64Url(parts[0]), LENGTH_MAX, VALUES_MAX);
    const claims = strictObject(base64Url(parts[1]), LENGTH_MAX, VALUES_MAX);
    allowOnly(header, ['alg', 'typ', 'jwk', 'kid']);
    const alg = text(header, 'alg');
    if (text(header, 'typ') !== 'dpop+jwt') throw new FormatError('proof is of another type');
    if (!DPOP_ALGORITHMS.includes(alg)) throw new FormatError("proof's algorithm is not supported");
    const holder = await verifiedHolder(dpop, alg, { ...plain(object(header, 'jwk')) });
    const jti = text(claims, 'jti');
    if (jti === '' || jti.length > JTI_MAX) throw new FormatError("proof's jti is empty or too long");
    if (text(claims, 'htm') !== method) throw new FormatError('proof is for another method');
    if (normal(text(claims, 'htu')) !== normal(url)) throw new FormatError('proof is for another URI');
    const [issued, now] = [whole(claims, 'iat'), this.#now()];
    if (Math.abs(issued - Math.floor(now)) > WINDOW_S) throw new FormatError('proof is too old, or from the future');
    // It may have been used before a restart.
    if (issued < this.#madeAt) throw new FormatError("proof is older than this service's start: make a new one");
    if (text(claims, 'ath') !== sha256(token).toString('base64url')) throw new FormatError('proof is for another token');
    if (holder !== thumbprint) throw new FormatError('proof is by another key than the token is bound to');
    const use = await this.#used.take(holder, `${holder}.${jti}`, now, issued + WINDOW_S + 1);
    if (use !== 'first') throw new FormatError(`proof was used before, or cannot be taken: ${use}`);
  }
}

async function verifiedHolder(proof, alg, jwk) {
  if ('d' in jwk || 'k' in jwk || (jwk.alg !== undefined && jwk.alg !== alg)) {
    throw new FormatError("proof's key is not a public key of its algorithm");
  }
  delete jwk.alg;
  requireOwned(jwk);
  try {
    await compactVerify(proof, await importJWK(jwk, alg), { algorithms: [alg] });
    return await calculateJwkThumbprint(jwk);
  } catch {
    throw new FormatError("proof's signature is not good");
  }
}

/** A URI without query and fragment, in the normal form of RFC 3986 6.2.2 and 6.2.3. */
function normal(uri) {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new FormatError("proof's htu is malformed");
  }
  return `${url.origin}${url.pathname}`;
}

/** Remembers which proofs were used, until each is too old to be taken. When it is full it takes nothing more. */
export class UsedProofs {
  #uses = new Map();
  #shares = new Map();
  #forgottenTo = -Infinity;
  #sweptAt = -Infinity;

  /** Decides and remembers in one step: `first`, or why not. */
  take(holder, use, now, forgetAt) {
    if (now - this.#sweptAt >= 1) this.#forget(now);
    if (this.#uses.has(use)) return 'repeated';
    // A clock that went back brings nothing back that was forgotten.
    if (forgetAt <= this.#forgottenTo) return 'unknown';
    const share = this.#shares.get(holder) ?? 0;
    if (share >= SHARE_MAX || this.#uses.size >= PROOFS_MAX) return 'too many proofs are in use, wait a minute';
    this.#uses.set(use, { holder, forgetAt });
    this.#shares.set(holder, share + 1);
    return 'first';
  }

  #forget(now) {
    this.#sweptAt = now;
    for (const [use, { holder, forgetAt }] of this.#uses) {
      if (forgetAt > now) continue;
      this.#uses.delete(use);
      this.#forgottenTo = Math.max(this.#forgottenTo, forgetAt);
      const left = this.#shares.get(holder) - 1;
      if (left) this.#shares.set(holder, left);
      else this.#shares.delete(holder);
    }
  }
}
