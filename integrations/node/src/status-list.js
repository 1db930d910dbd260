// What a service checks that knows an issuer's JWKS and reads no key log: signature, issuer, audience, type and times, and, by a
// Token Status List (draft-ietf-oauth-status-list), that the token was not revoked. It cannot tell that a token was ever issued:
// whoever stole a key gets in. verifier.js can.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const LIST_BYTES_MAX = 512 * 1024;
const BITS_BYTES_MAX = 1024 * 1024;
const LISTS_MAX = 512;

export class OutsidersVerifier {
  #issuer;
  #audience;
  #keys;
  #listKeys;
  #lists = new Map();

  constructor({ issuer, audience }) {
    this.#issuer = issuer;
    this.#audience = audience;
    this.#keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
    // The key that signs lists is none that may sign tokens: it stands in a set of its own.
    this.#listKeys = createRemoteJWKSet(new URL(`${issuer}/status/jwks`));
  }

  /** The claims of a token that is good and not revoked. */
  async verify(token) {
    const { payload } = await jwtVerify(token, this.#keys, {
      issuer: this.#issuer,
      audience: this.#audience,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'sub', 'status'],
    });
    if ((await this.#status(payload.status?.status_list)) !== 0) throw new Error('token is revoked');
    return payload;
  }

  async #status(claim) {
    const { idx, uri } = claim ?? {};
    // The claim is the token's, and is no reason to ask anybody but its issuer.
    if (!Number.isSafeInteger(idx) || idx < 0 || typeof uri !== 'string' || !uri.startsWith(`${this.#issuer}/status/`)) {
      throw new Error('token names no status list of its issuer');
    }
    const { bits, width } = await this.#list(uri);
    const perByte = 8 / width;
    const byte = Math.floor(idx / perByte);
    if (byte >= bits.length) throw new Error('token is past the end of its status list');
    return (bits[byte] >> ((idx % perByte) * width)) & ((1 << width) - 1);
  }

  async #list(uri) {
    // By both: a clock that is set back does not make a list last.
    const now = performance.now();
    const known = this.#lists.get(uri);
    if (known && now < known.until && Date.now() < known.expires) return known;
    const response = await fetch(uri, { headers: { accept: 'application/statuslist+jwt' }, redirect: 'error' });
    if (!response.ok) throw new Error(`status list: status ${response.status}`);
    const jwt = await response.text();
    if (jwt.length > LIST_BYTES_MAX) throw new Error('status list is too long');
    const { payload } = await jwtVerify(jwt, this.#listKeys, {
      issuer: this.#issuer,
      subject: uri,
      typ: 'statuslist+jwt',
      algorithms: ['EdDSA'],
      requiredClaims: ['iat', 'exp'],
    });
    const { bits: width, lst } = payload.status_list;
    if (![1, 2, 4, 8].includes(width)) throw new Error('status list has no width that is known');
    const bits = inflateSync(Buffer.from(lst, 'base64url'), { maxOutputLength: BITS_BYTES_MAX });
    const until = now + (payload.ttl ?? 0) * 1000;
    if (this.#lists.size >= LISTS_MAX) this.#lists.clear();
    const list = { bits, width, until, expires: payload.exp * 1000 };
    this.#lists.set(uri, list);
    return list;
  }
}

// node src/status-list.js ISSUER AUDIENCE < TOKENS: says of each line VALID, or INVALID and why.
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , issuer, audience] = process.argv;
  const verifier = new OutsidersVerifier({ issuer, audience });
  for await (const token of createInterface({ input: process.stdin })) {
    try {
      await verifier.verify(token);
      console.log('VALID');
    } catch (e) {
      console.log(`INVALID ${e.message}`);
    }
  }
}
