// A verifier of Counterfoil's access tokens: one call, which gives claims of a token that was
// checked in every respect and was issued, or throws a Refusal. docs/integrate/verifying.md has the order of
// the checks and the codes.
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { compactVerify, importJWK } from 'jose';
import { admits, allows, ForkError, GROUP_BYTES, mirror, parsePolicy } from './keylog.js';
import { leafAndRoot, leafHash, readCheckpoint, sha256, tilePath } from './log.js';
import { allowOnly, base64Url, FormatError, object, optional, plain, Refusal, strictObject, text, texts, whole } from './strict.js';

export { Refusal };

const LENGTH_MAX = 16 * 1024;
const VALUES_MAX = 256;
const HEADER_VALUES_MAX = 16;
const SIGNATURE_MAX = 4096;
const TIME_MAX = 100_000_000_000;
const AUDIENCES_MAX = 64;
const SKEW_S = 10;
const DAY_S = 86_400;
const TILES_MAX = 1024;
/** Bytes of the longest that is read: 256 entries of the key log, each with two bytes for its length. */
const READ_MAX = 256 * (2 + 65_535);
const ISSUED_PER_SECOND_MAX = 100_000;
const ALGORITHMS = ['ES256', 'RS256', 'EdDSA', 'ML-DSA-44'];
const ID = /^([a-z0-9][a-z0-9-]{0,15})\.(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{43})$/;
const S_MAX = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

/** The body at a URL, which lies to no more than READ_MAX bytes. */
export async function fetchBytes(url) {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(2000) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
  const parts = [];
  let length = 0;
  // Leaving the loop ends the connection. What was announced is not believed: it may be left out.
  for await (const part of response.body) {
    length += part.length;
    if (length > READ_MAX) throw new Error(`body is longer than ${READ_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export class Verifier {
  #policy;
  #neighbours;
  #read;
  #now;
  #staleAfter;
  #refreshEvery;
  #tipWait;
  #keys = new Map();
  #tiles = new Map();
  #tips = new Map();

  /**
   * @param policy the text of the policy file
   * @param neighbours policies of other domains, whose keys are known only to be recognised
   * @param read gives the bytes at a URL, or throws
   * @param now seconds since 1970
   */
  constructor({
    policy,
    neighbours = [],
    read = fetchBytes,
    now = () => Date.now() / 1000,
    staleAfterS = 300,
    refreshEveryS = 2,
    tipWaitMs = 1000,
  }) {
    this.#policy = parsePolicy(policy);
    this.#neighbours = neighbours.map(parsePolicy);
    this.#read = read;
    this.#now = now;
    this.#staleAfter = staleAfterS;
    this.#refreshEvery = refreshEveryS;
    this.#tipWait = tipWaitMs;
  }

  /**
   * Verifies a token for a service.
   *
   * @param audience the service's own name
   * @param tenants whose tokens it honours; ['*'] for any, and then it keeps their data apart
   * @param binding 'bearer-allowed' or 'required'; a token that is bound is refused, since proofs
   *     of possession are not checked here
   * @returns claims, tokenId, position, and auditId for the service's own records
   */
  async verify(token, { audience, type = 'at+jwt', tenants, binding }) {
    if (!audience || !Array.isArray(tenants) || !['bearer-allowed', 'required'].includes(binding)) {
      throw new TypeError('say audience, tenants and binding');
    }
    const parsed = parse(token);
    const { claims, kid } = parsed;
    if (claims.iss !== this.#policy.issuer) throw new Refusal('issuer', 'token is of another issuer');
    const state = await this.#state(this.#policy);
    const delegation = state.delegation(this.#now());
    if (!delegation) throw new Refusal('keys-unavailable', 'no delegation stands');
    if (state.withdrawn.has(kid)) {
      throw state.withdrawn.get(kid) === 'ended' && this.#now() >= claims.exp
        ? new Refusal('expired', 'token is expired')
        : new Refusal('key-withdrawn', "token's key was withdrawn");
    }
    const key = state.keys.get(kid);
    if (!key || !admits(delegation, key.says)) throw await this.#unknown(kid);
    if (key.alg !== parsed.alg) throw new Refusal('algorithm', "token's algorithm is not its key's");
    requireScope(key.says, delegation, parsed);
    if (parsed.type !== type) throw new Refusal('token-type', 'token is of another type');
    if (!claims.aud.includes(audience)) throw new Refusal('audience', 'token is for another audience');
    if (!allows(tenants, claims.tenant)) throw new Refusal('tenant', 'token is of another tenant');
    if (this.#now() >= claims.exp) throw new Refusal('expired', 'token is expired');
    if (Math.max(claims.iat, claims.nbf ?? 0) > this.#now() + SKEW_S) {
      throw new Refusal('not-yet-valid', 'token is not valid yet');
    }
    const record = object(key.says, 'record');
    if (text(record, 'form') !== 'position') {
      throw new Refusal('key-unknown', "tokens of other issuers' keys are not verified here");
    }
    const id = ID.exec(claims.jti);
    if (!id || !isHash(id[3])) throw new Refusal('token-id', 'jti is not log.position.commitment');
    const [, log] = id;
    const position = Number(id[2]);
    if (log !== text(record, 'log')) throw new Refusal('wrong-log', "token names another log than its key's");
    requireUnrevoked(state, kid, log, position, claims);
    await requireSignature(key, parsed);
    if (claims.bound || binding === 'required') {
      throw new Refusal('binding-missing', 'a proof of possession is wanted, and is not checked here');
    }
    if (position >= (state.ended.get(log) ?? Infinity)) {
      throw new Refusal('beyond-tip', "the token's log ended before its position");
    }
    await this.#requireIssued(state.logs.get(log), position, parsed.digest);
    return {
      claims: plain(parsed.all),
      tokenId: claims.jti,
      position,
      keyId: kid,
      auditId: parsed.digest.toString('base64url'),
    };
  }

  /** The mirrored key log of a domain; what was read last is good for as long as its head says. */
  async #state(policy) {
    const held = this.#keys.get(policy.domain) ?? { readAt: -Infinity };
    this.#keys.set(policy.domain, held);
    if (this.#now() - held.readAt >= this.#refreshEvery) {
      held.readAt = this.#now();
      held.reading = mirror(policy, this.#read, this.#now(), held.state).then(
        (state) => {
          held.state = state;
        },
        (e) => {
          held.forked ||= e instanceof ForkError;
        },
      );
    }
    await held.reading;
    if (held.forked) throw new Refusal('key-log-forked', 'the key log has signed two histories');
    if (!held.state) throw new Refusal('keys-unavailable', 'no key log that verifies could be had');
    // As fresh as the head's time says, however fresh the fetch.
    if (this.#now() - held.state.time > this.#staleAfter) throw new Refusal('keys-stale', 'the key log is too old');
    return held.state;
  }

  async #unknown(kid) {
    for (const neighbour of this.#neighbours) {
      const state = await this.#state(neighbour).catch(() => undefined);
      if (state?.keys.has(kid)) {
        return new Refusal('domain', "token's key is a key of another trust domain");
      }
    }
    return new Refusal('key-unknown', "token's key is not in the key set");
  }

  /** That the log of the token's key holds its digest at its position. */
  async #requireIssued(log, position, digest) {
    let found;
    try {
      let tip = this.#tips.get(log.name);
      const deadline = Date.now() + this.#tipWait;
      while (!tip || position >= tip.size) {
        tip = readCheckpoint(await this.#read(`${log.url}/checkpoint`), log.key);
        if (position < tip.size) break;
        const reach = Math.max(1, (ISSUED_PER_SECOND_MAX * this.#tipWait) / 1000);
        if (Date.now() >= deadline || position - tip.size >= reach) throw new Refusal('beyond-tip', "no checkpoint of the log covers the token's position: nothing shows that it was issued");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      this.#tips.set(log.name, tip);
      const tile = (level, index) => this.#tile(`${log.url}/${tilePath(level, index, tip.size)}`);
      found = await leafAndRoot(tile, tip.size, position);
      if (!found.root.equals(tip.root)) {
        this.#tiles.clear();
        throw new FormatError('tiles do not lead to the root that the log signed');
      }
    } catch (e) {
      if (e instanceof Refusal) throw e;
      throw new Refusal('proof-unavailable', 'the log cannot be read');
    }
    // The log's leaf data is a version byte and the digest (spec/leaf.md).
    if (!found.leaf.equals(leafHash(Buffer.concat([Buffer.from([1]), digest])))) {
      throw new Refusal('never-issued', "the log holds another token at the token's position");
    }
  }

  async #tile(url) {
    const held = this.#tiles.get(url);
    if (held) return held;
    const bytes = Buffer.from(await this.#read(url));
    if (this.#tiles.size >= TILES_MAX) this.#tiles.delete(this.#tiles.keys().next().value);
    this.#tiles.set(url, bytes);
    return bytes;
  }
}

/** Takes a token apart; every other spelling is malformed. */
function parse(token) {
  let header;
  let claims;
  let all;
  let signature;
  const parts = String(token).split('.');
  try {
    if (token.length > LENGTH_MAX || parts.length !== 3 || parts[0] === '') {
      throw new FormatError('token is too long, or not header.payload.signature');
    }
    header = strictObject(base64Url(parts[0]), LENGTH_MAX, HEADER_VALUES_MAX);
    allowOnly(header, ['alg', 'kid', 'typ']);
    all = strictObject(base64Url(parts[1]), LENGTH_MAX, VALUES_MAX);
    signature = base64Url(parts[2]);
    if (signature.length > SIGNATURE_MAX) throw new FormatError('signature is too long');
    for (const name of ['alg', 'kid', 'typ']) text(header, name);
    // Said of the header alone, before anything that the claims say.
    if (ALGORITHMS.includes(text(header, 'alg'))) claims = readClaims(all, text(header, 'typ'));
  } catch (e) {
    throw e instanceof FormatError ? new Refusal('malformed', e.message) : e;
  }
  if (!claims) throw new Refusal('algorithm', 'algorithm is not supported');
  const input = `${parts[0]}.${parts[1]}`;
  return {
    token,
    alg: text(header, 'alg'),
    kid: text(header, 'kid'),
    type: text(header, 'typ'),
    all,
    claims,
    input,
    signature,
    digest: sha256(input),
  };
}

function time(claims, name) {
  const seconds = whole(claims, name);
  if (seconds < 0 || seconds > TIME_MAX) throw new FormatError(`member ${name} is out of range`);
  return seconds;
}

function groupHandle(claims, name) {
  if (base64Url(text(claims, name)).length !== GROUP_BYTES) throw new FormatError(`member ${name} is no handle`);
  return text(claims, name);
}

function readClaims(all, type) {
  if (type === 'at+jwt') text(all, 'client_id');
  else optional(text, all, 'client_id');
  optional(text, all, 'scope');
  const confirmation = optional(object, all, 'cnf');
  if (confirmation) for (const name of ['jkt', 'x5t#S256']) optional(text, confirmation, name);
  const aud = typeof all.get('aud') === 'string' ? [text(all, 'aud')] : texts(all, 'aud');
  if (aud.length < 1 || aud.length > AUDIENCES_MAX) throw new FormatError('member aud is empty or too long');
  return {
    iss: text(all, 'iss'),
    sub: text(all, 'sub'),
    tenant: text(all, 'tenant'),
    jti: text(all, 'jti'),
    aud,
    iat: time(all, 'iat'),
    exp: time(all, 'exp'),
    nbf: optional(time, all, 'nbf'),
    group: optional(groupHandle, all, 'revocation_group'),
    bound: confirmation !== undefined,
  };
}

/** Where and when the key may sign, by its statement (spec/keys.md). */
function requireScope(says, delegation, { claims, type }) {
  const refuse = (code) => {
    throw new Refusal(code, 'key may not sign this');
  };
  const served = texts(says, 'tenants');
  const many = (list) => list.includes('*') || list.filter((t) => t !== 'counterfoil').length > 1;
  const days = many(served) ? 14 : many(texts(delegation, 'tenants')) ? 90 : 365;
  if (claims.iat >= whole(says, 'active_from') + days * DAY_S) refuse('key-too-old');
  if (!allows(served, claims.tenant)) refuse('key-scope-tenant');
  if (!allows(texts(says, 'token_types'), type)) refuse('key-scope-type');
  if (!claims.aud.every((audience) => allows(texts(says, 'audiences'), audience))) refuse('key-scope-audience');
  if (text(says, 'binding') === 'required' && !claims.bound) refuse('key-scope-binding');
  if (claims.exp <= claims.iat || claims.exp > claims.iat + whole(says, 'life_max_s')) refuse('life-too-long');
  if (claims.iat < whole(says, 'active_from') || claims.iat >= whole(says, 'active_until')) refuse('key-not-active');
  if (claims.exp > whole(says, 'verify_until')) refuse('past-verify-until');
}

function requireUnrevoked(state, kid, log, position, { iat: issuedAt, group }) {
  const refuse = (code) => {
    throw new Refusal(code, 'token or its key is revoked');
  };
  if (issuedAt >= (state.tainted.get(kid) ?? Infinity)) refuse('key-tainted');
  if (issuedAt > (state.retired.get(kid) ?? Infinity)) refuse('key-retired');
  if (position >= (state.revokedFrom.get(kid) ?? Infinity)) refuse('key-revoked');
  if (state.revokedTokens.has(`${log}.${position}`)) refuse('token-revoked');
  if (group !== undefined && issuedAt < (state.revokedGroups.get(group) ?? 0)) refuse('token-revoked');
}

async function requireSignature(key, { token, alg, input, signature }) {
  let good = false;
  try {
    if (alg === 'ML-DSA-44') {
      // RFC 9964, with an empty context: not every Node has it.
      good = ml_dsa44.verify(signature, Buffer.from(input), base64Url(key.jwk.pub));
    } else {
      await compactVerify(token, await importJWK(key.jwk, alg), { algorithms: [alg] });
      good = true;
    }
  } catch {
    good = false;
  }
  if (!good) throw new Refusal('signature', "token's signature is not good");
  // Of the two values of s that verify, our signers make the lower one.
  if (alg === 'ES256' && BigInt(`0x${signature.subarray(32).toString('hex')}`) > S_MAX) {
    throw new Refusal('signature-high-s', "token's signature is the second spelling of one");
  }
}

function isHash(encoded) {
  try {
    return base64Url(encoded).length === 32;
  } catch {
    return false;
  }
}
