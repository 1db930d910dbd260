// Tokens, taken apart, and what can be said of one without the log (spec/token.md).
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { compactVerify, importJWK } from 'jose';
import { allows, GROUP_BYTES } from './keylog.js';
import { sha256 } from './log.js';
import { allowOnly, base64Url, FormatError, object, optional, Refusal, strictObject, text, texts, whole } from './strict.js';

const LENGTH_MAX = 16 * 1024;
const VALUES_MAX = 256;
const FOREIGN_VALUES_MAX = 4096;
const HEADER_VALUES_MAX = 16;
const SIGNATURE_MAX = 4096;
const TIME_MAX = 100_000_000_000;
const AUDIENCES_MAX = 64;
const DAY_S = 86_400;
const ALGORITHMS = ['ES256', 'RS256', 'EdDSA', 'ML-DSA-44'];
const CONFIRMATIONS = ['jkt', 'x5t#S256'];
const ID = /^([a-z0-9][a-z0-9-]{0,15})\.(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{43})$/;
const S_MAX = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

/**
 * Takes a token apart; every other spelling is malformed.
 *
 * @param foreign of a token that another issuer composed: the tenants that its key serves
 * @param headerOnly whether its claims are read only as JSON, to see by whom it was composed
 */
export function parse(token, { foreign, headerOnly = false } = {}) {
  const isOthers = headerOnly || foreign !== undefined;
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
    allowOnly(header, ['alg', 'kid', 'typ', ...(isOthers ? ['x5t', 'x5t#S256'] : [])]);
    if (isOthers && !header.has('typ')) header.set('typ', 'JWT');
    // RFC 9864 2.2
    if (isOthers && header.get('alg') === 'Ed25519') header.set('alg', 'EdDSA');
    all = strictObject(base64Url(parts[1]), LENGTH_MAX, isOthers ? FOREIGN_VALUES_MAX : VALUES_MAX);
    signature = base64Url(parts[2]);
    if (signature.length > SIGNATURE_MAX) throw new FormatError('signature is too long');
    for (const name of ['alg', 'kid', 'typ']) text(header, name);
    // Said of the header alone, before anything that the claims say.
    if (headerOnly) claims = {};
    else if (ALGORITHMS.includes(text(header, 'alg'))) {
      claims = foreign ? readForeignClaims(all, foreign.tenants) : readClaims(all, text(header, 'typ'));
    }
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

/** Of another issuer's token, which may lack some claims that ours have. */
function readForeignClaims(all, tenants) {
  const [tenant] = tenants.length === 1 && tenants[0] !== '*' ? tenants : [];
  const filled = new Map([['jti', ''], ['aud', ''], ...(tenant ? [['tenant', tenant]] : []), ...all]);
  filled.delete('revocation_group');
  const claims = readClaims(filled, 'JWT');
  return all.has('aud') ? claims : { ...claims, aud: [] };
}

function readClaims(all, type) {
  if (type === 'at+jwt') text(all, 'client_id');
  else optional(text, all, 'client_id');
  optional(text, all, 'scope');
  const confirmation = optional(object, all, 'cnf');
  const bound = confirmation && Object.fromEntries(CONFIRMATIONS.map((name) => [name, optional(text, confirmation, name)]));
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
    key: bound?.jkt,
    certificate: bound?.['x5t#S256'],
    // Bound in a way that cannot be checked here: to something else besides, or to nothing.
    bindingUnknown:
      confirmation !== undefined &&
      !(confirmation.size > 0 && [...confirmation.keys()].every((name) => CONFIRMATIONS.includes(name))),
  };
}

/** Where and when the key may sign, by its statement (spec/keys.md). */
export function requireScope(says, delegation, { claims, type }) {
  const refuse = (code) => {
    throw new Refusal(code, 'key may not sign this');
  };
  const served = texts(says, 'tenants');
  const many = (list) => list.includes('*') || list.filter((t) => t !== 'counterfoil').length > 1;
  const days = text(object(says, 'record'), 'form') !== 'position' ? 365 : many(served) ? 14 : many(texts(delegation, 'tenants')) ? 90 : 365;
  if (claims.iat >= whole(says, 'active_from') + days * DAY_S) refuse('key-too-old');
  if (!allows(served, claims.tenant)) refuse('key-scope-tenant');
  if (!allows(texts(says, 'token_types'), type)) refuse('key-scope-type');
  if (!claims.aud.every((audience) => allows(texts(says, 'audiences'), audience))) refuse('key-scope-audience');
  if (text(says, 'binding') === 'required' && !claims.bound) refuse('key-scope-binding');
  if (claims.exp <= claims.iat || claims.exp > claims.iat + whole(says, 'life_max_s')) refuse('life-too-long');
  if (claims.iat < whole(says, 'active_from') || claims.iat >= whole(says, 'active_until')) refuse('key-not-active');
  if (claims.exp > whole(says, 'verify_until')) refuse('past-verify-until');
}

export function requireUnrevoked(state, kid, log, position, { iat: issuedAt, group }) {
  const refuse = (code) => {
    throw new Refusal(code, 'token or its key is revoked');
  };
  if (issuedAt >= (state.tainted.get(kid) ?? Infinity)) refuse('key-tainted');
  if (issuedAt > (state.retired.get(kid) ?? Infinity)) refuse('key-retired');
  if (state.isRevoked(kid, log, position)) refuse('key-revoked');
  if (state.revokedTokens.has(`${log}.${position}`)) refuse('token-revoked');
  if (group !== undefined && issuedAt < (state.revokedGroups.get(group) ?? 0)) refuse('token-revoked');
}

/** Whether a key signed it; of an ES256 signature either spelling counts. */
export async function isSignedBy(key, { token, alg, input, signature }) {
  try {
    if (alg === 'ML-DSA-44') {
      // RFC 9964, with an empty context: not every Node has it.
      return ml_dsa44.verify(signature, Buffer.from(input), base64Url(key.jwk.pub));
    }
    await compactVerify(token, (key.imported ??= await importJWK(key.jwk, alg)), {
      algorithms: alg === 'EdDSA' ? [alg, 'Ed25519'] : [alg],
    });
    return true;
  } catch {
    return false;
  }
}

export async function requireSignature(key, parsed) {
  if (!(await isSignedBy(key, parsed))) throw new Refusal('signature', "token's signature is not good");
  if (parsed.foreign) return;
  // Of the two values of s that verify, our signers make the lower one.
  if (parsed.alg === 'ES256' && BigInt(`0x${parsed.signature.subarray(32).toString('hex')}`) > S_MAX) {
    throw new Refusal('signature-high-s', "token's signature is the second spelling of one");
  }
}

/** The log and the position that its identifier names. */
export function place({ jti }) {
  const id = ID.exec(jti);
  if (!id || !isHash(id[3])) throw new Refusal('token-id', 'jti is not log.position.commitment');
  return { log: id[1], position: Number(id[2]) };
}

function isHash(encoded) {
  try {
    return base64Url(encoded).length === 32;
  } catch {
    return false;
  }
}
