// Tokens that another issuer composes, and that a record log has by their digests (spec/token.md, Tokens of other issuers).
import { attachedIssuers } from './keylog.js';
import { allowOnly, FormatError, object, Refusal, strictObject, text, texts, whole } from './strict.js';
import { parse } from './token.js';

const ANSWER_MAX = 1024;
const ASKED_AGAIN_MS = 100;
const ACCESS_KINDS = ['Bearer', 'DPoP'];
// Claims of ID tokens (OpenID Connect Core 2, 3.3.2.11) and of events (RFC 8417 2.2).
const OF_OTHERS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];

/** Whether a key's tokens are composed by another issuer. */
export const isForeign = (key) => text(object(key.says, 'record'), 'form') !== 'position';

/** Takes a token apart that another issuer composed; undefined for every other one. */
export function parseForeign(token, state, delegation) {
  const attached = attachedIssuers(delegation);
  if (attached.length === 0 && state.aliases.size === 0) return undefined;
  let seen;
  try {
    seen = parse(token, { headerOnly: true });
  } catch {
    return undefined; // said where it is parsed as one of ours
  }
  const key = state.keys.get(seen.kid) ?? state.keys.get(state.aliases.get(seen.kid));
  if (!key) {
    if (!attached.includes(seen.all.get('iss'))) return undefined;
    throw new Refusal('key-unknown', "token's key is no confirmed key of an attached issuer");
  }
  if (!isForeign(key)) return undefined;
  return { ...parse(token, { foreign: { tenants: texts(key.says, 'tenants') } }), kid: key.kid, foreign: true };
}

/** Of an issuer that the service names, and no token of another kind; gives the type that the service then expects. */
export function requireForeign(parsed, key, { issuer, attached, type }) {
  if (parsed.claims.iss !== text(key.says, 'issuer')) throw new Refusal('issuer', 'key may not sign for this issuer');
  const isAttached = parsed.claims.iss !== issuer;
  if (isAttached && !attached.includes(parsed.claims.iss)) {
    throw new Refusal('issuer', 'token is of an attached issuer that this service does not name');
  }
  if (parsed.type !== 'JWT') return type;
  const isAccess = ACCESS_KINDS.includes(parsed.all.get('typ'));
  if (parsed.all.has('typ') ? !isAccess : OF_OTHERS.some((claim) => parsed.all.has(claim))) {
    throw new Refusal('token-type', 'token is an ID token or another one, no access token');
  }
  return isAttached && isAccess && type === 'at+jwt' ? 'JWT' : type;
}

/**
 * Asks once where a digest stands in a record log: undefined for nowhere, or not yet. It is the authority's word; the log is
 * read to see that it is there.
 */
async function digestAt(log, digest, read) {
  let answer;
  try {
    answer = await read(`${log.url}/digest/${digest.toString('hex')}`, ANSWER_MAX);
  } catch (e) {
    if (e.status === 404 || e.status === 410) return undefined;
    throw new Refusal('proof-unavailable', 'where the digest stands cannot be asked');
  }
  try {
    const says = strictObject(answer, ANSWER_MAX);
    allowOnly(says, ['log', 'position']);
    const position = whole(says, 'position');
    if (text(says, 'log') !== log.name || position < 0) throw new FormatError('the answer is of another log');
    return position;
  } catch (e) {
    if (!(e instanceof FormatError)) throw e;
    throw new Refusal('proof-unavailable', 'the answer about the digest is none');
  }
}

/**
 * The log of a key's record logs, the latest first, that has a digest before its end, with its position. Whatever the others
 * answer, that is enough. One that goes on is asked again for a while: a digest may not be under a checkpoint yet.
 *
 * @param requireIssued reads the log, and throws a Refusal where the digest is not there
 */
export async function findDigest(logs, ended, digest, read, waitMs, requireIssued) {
  const until = performance.now() + waitMs;
  const refusals = new Map();
  for (let asked = logs; ; ) {
    const again = [];
    for (const log of asked) {
      try {
        const position = await digestAt(log, digest, read);
        if (position === undefined) {
          if (!ended.has(log.name)) again.push(log);
          continue;
        }
        await requireIssued(log, position);
        if (position < (ended.get(log.name) ?? Infinity)) return { log, position };
        refusals.set(log, new Refusal('beyond-tip', "the token's log ended before its position"));
      } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        refusals.set(log, e);
      }
    }
    if (again.length === 0 || performance.now() >= until) break;
    asked = again;
    await new Promise((done) => setTimeout(done, ASKED_AGAIN_MS));
  }
  const said = logs.find((log) => refusals.has(log));
  throw said ? refusals.get(said) : new Refusal('digest-unknown', "the record log does not have the token's digest");
}
