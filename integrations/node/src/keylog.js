// From a policy file to the keys that count: the domain's key log, mirrored and checked
// (spec/keys.md, spec/keylog.md).
import { calculateJwkThumbprint, compactVerify, flattenedVerify, importJWK } from 'jose';
import { ed25519Jwk, leafHash, parseVkey, readCheckpoint, rootOf, sha256, tilePath } from './log.js';
import { allowOnly, base64Url, FormatError, object, plain, strictObject, text, texts, whole } from './strict.js';
import { requireOwned } from './weak-keys.js';

const BUNDLE = 256;
const ENTRY_MAX = 65_535;
const CLOCK_SKEW_S = 30;
const CONSENT_MAX = 2048;
const SIZE_END = 1e15;
const NAME_MAX = 255;
export const GROUP_BYTES = 16;

/** The one file that a verifier starts from. */
export function parsePolicy(policy) {
  const read = { logs: [] };
  for (const line of policy.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [keyword, ...words] = line.split(' ');
    if (keyword === 'domain' || keyword === 'issuer') read[keyword] = words.join(' ');
    else if (keyword === 'root') read.root = { version: Number(words[0]), hash: words[1] };
    else if (keyword === 'log') read.logs.push(parseVkey(words[0]));
    // Witnesses are not asked here, so a policy that wants them is not followed.
    else if (keyword !== 'quorum' || words[0] !== 'none') {
      throw new FormatError(`policy line '${keyword}' is not supported here`);
    }
  }
  const origin = `${String(read.issuer).replace(/^https?:\/\//, '')}/logs/keys`;
  read.keyLog = read.logs.find((key) => key.name === origin);
  if (!read.domain || !read.root || !read.keyLog) throw new FormatError('policy is not complete');
  return read;
}

/** The log's key signed two histories, and this mirror saw both. */
export class ForkError extends Error {}

/**
 * Reads the key log and says which keys, logs and revocations count. Throws FormatError.
 *
 * @param before what an earlier reading found, which the log must extend
 */
export async function mirror(policy, read, now, before) {
  const url = `${policy.issuer}/logs/keys`;
  const head = readCheckpoint(await read(`${url}/checkpoint`), policy.keyLog, true);
  if (head.time > now + CLOCK_SKEW_S) throw new FormatError('the head of the key log is ahead');
  if (before && head.size <= before.size) {
    // An older head is no news, and says nothing against the newer one.
    if (head.size === before.size && !head.root.equals(before.root)) throw new ForkError('two histories');
    if (head.size === before.size) {
      before.time = Math.max(before.time, await readRevocations(before, head, url, read, now));
    }
    return before;
  }
  const entries = await readEntries(url, head.size, read);
  const leaves = entries.map(leafHash);
  if (entries.length !== head.size || !rootOf(leaves).equals(head.root)) {
    throw new FormatError('entries and head of the key log do not agree');
  }
  if (before && !rootOf(leaves.slice(0, before.size)).equals(before.root)) {
    throw new ForkError('two histories');
  }
  const state = Object.assign(await replay(policy, entries), { size: head.size, root: head.root });
  state.seenRevocations = before?.seenRevocations ?? new Map();
  state.time = await readRevocations(state, head, url, read, now);
  return state;
}

async function readEntries(url, size, read) {
  const entries = [];
  for (let index = 0; index * BUNDLE < size; index++) {
    const bundle = Buffer.from(await read(`${url}/${tilePath('entries', index, size)}`));
    for (let at = 0; at < bundle.length && entries.length < size; ) {
      if (at + 2 > bundle.length) throw new FormatError('a bundle is cut');
      const length = bundle.readUInt16BE(at);
      if (at + 2 + length > bundle.length) throw new FormatError('a bundle is cut');
      entries.push(bundle.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return entries;
}

/**
 * Reads the revocation logs whose tokens may not have expired, up to what key log and head say of them. Gives as of when
 * all is known: a head that does not say how large the open one is says nothing.
 */
async function readRevocations(state, head, url, read, now) {
  const wanted = [...state.endedRevocations.values()].filter((log) => log.until > now);
  if (state.openRevocations) {
    const tip = head.revocations;
    if (tip?.number !== state.openRevocations) throw new FormatError('a head does not say what was revoked');
    if (tip.time > now + CLOCK_SKEW_S) throw new FormatError('the head of the key log is ahead');
    wanted.push(tip);
  }
  for (const { number, size, root } of wanted) {
    const seen = state.seenRevocations.get(number) ?? 0;
    if (size < seen) throw new FormatError('a revocation log goes back');
    if (state.readRevocations.get(number) === size) continue;
    const entries = await readEntries(`${url}/revoked/${number}`, size, read);
    if (entries.length !== size || !rootOf(entries.map(leafHash)).equals(root)) {
      throw new FormatError('entries and size of a revocation log do not agree');
    }
    for (const entry of entries) state.revoke(strictObject(entry, ENTRY_MAX));
    state.readRevocations.set(number, size);
    state.seenRevocations.set(number, size);
  }
  return state.openRevocations ? Math.min(head.time, head.revocations.time) : head.time;
}

/** Whether a text is a note's name: spec/keylog.md has audit logs read in one spelling by everybody. */
const isName = (name) => name.length > 0 && name.length <= NAME_MAX && !/[+\p{Z}\p{Cc}\p{Cs}]/u.test(name);

const isBase64 = (encoded, length) => {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length === length && bytes.toString('base64') === encoded;
};

const ATTACHED_MAX = 32;
const DISCLOSURE_LIFE_MAX_S = 400 * 86_400;
const ISSUER_MAX = 256;
// Most logs of a record door in which one token is looked for: the latest.
const RECORD_LOGS_MAX = 16;
const RECORD_LOG = /^d[1-9][0-9]{0,3}g[1-9][0-9]{0,5}$/;
const THIS_HOST = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\]|0\.0\.0\.0|\[::\])$/i;

function requireVersion(says) {
  if (whole(says, 'v') !== 1) throw new FormatError('an event is of another version');
}

function origin(says, member) {
  const name = text(says, member);
  if (!isName(name)) throw new FormatError(`member ${member} is no origin of a log`);
  return name;
}

function strictVkey(vkey) {
  const key = parseVkey(vkey);
  if (!isName(key.name) || !isBase64(vkey.slice(key.name.length + 10), 33)) {
    throw new FormatError('a vkey is not in its one spelling');
  }
  return key;
}

/** What stands in a key log, entry by entry. */
class KeyLogState {
  constructor(policy) {
    this.policy = policy;
    this.roots = [];
    this.delegations = [];
    this.logs = new Map();
    this.keys = new Map();
    // Other issuers' names of keys, to thumbprints.
    this.aliases = new Map();
    this.withdrawn = new Map();
    this.tainted = new Map();
    this.retired = new Map();
    // Of each key by log: no entry narrows what another one says.
    this.revokedFrom = new Map();
    this.revokedTokens = new Set();
    this.revokedGroups = new Map();
    this.lastRevocations = 0;
    this.openRevocations = 0;
    this.endedRevocations = new Map();
    this.readRevocations = new Map();
    this.ended = new Map();
    this.auditLogs = new Map();
    // The key of each disclosure log.
    this.disclosureLogs = new Map();
    this.endedAuditLogs = new Map();
  }

  /** The delegation that stands at a time: the highest version that has begun, if not over. */
  delegation(at) {
    const begun = this.delegations.filter((d) => whole(d, 'not_before') <= at);
    const newest = begun.reduce((a, d) => (a && whole(a, 'version') > whole(d, 'version') ? a : d), undefined);
    return newest && at < whole(newest, 'not_after') ? newest : undefined;
  }

  async apply(entry, index) {
    if (entry[0] !== 0x7b) return this.give(entry.toString('utf8'), index);
    const json = strictObject(entry, ENTRY_MAX);
    return json.has('payload') ? this.rooted(json) : this.take(json);
  }

  /** What the root's holders signed together: a version of the root, or a delegation. */
  async rooted(json) {
    const payload = base64Url(text(json, 'payload'));
    const says = strictObject(payload, ENTRY_MAX);
    const signers = new Set();
    let type;
    for (const signature of json.get('signatures')) {
      const header = strictObject(base64Url(text(signature, 'protected')), ENTRY_MAX);
      type = text(header, 'typ');
      signers.add({ header, signature: plain(signature), payload: text(json, 'payload') });
    }
    const previous = this.roots.at(-1);
    if (type === 'counterfoil-root+json') {
      const version = whole(says, 'version');
      if (version !== (previous ? whole(previous.says, 'version') + 1 : 1)) {
        throw new FormatError('a version of the root is left out');
      }
      if (version === this.policy.root.version && sha256(payload).toString('hex') !== this.policy.root.hash) {
        throw new FormatError('the root is not the one that the policy pins');
      }
      if (previous && text(says, 'previous') !== sha256(previous.payload).toString('hex')) {
        throw new FormatError('the root does not follow the one before');
      }
      await requireThreshold(says, signers, type);
      if (previous) await requireThreshold(previous.says, signers, type);
      this.roots.push({ says, payload });
    } else if (type === 'counterfoil-delegation+json') {
      if (!previous || whole(previous.says, 'version') < this.policy.root.version) {
        throw new FormatError('a delegation stands before the pinned root');
      }
      await requireThreshold(previous.says, signers, type);
      if (text(says, 'domain') !== this.policy.domain || text(says, 'issuer') !== this.policy.issuer) {
        throw new FormatError('a delegation is for another domain');
      }
      requireAttached(says);
      if (this.delegations.some((d) => whole(d, 'version') >= whole(says, 'version'))) {
        throw new FormatError("a delegation's version does not rise");
      }
      this.delegations.push(says);
    } else {
      throw new FormatError('an entry of the root is of an unknown type');
    }
  }

  /** An event that gives trust, signed by the statement key for this place. */
  async give(jws, index) {
    const parts = jws.split('.');
    const says = strictObject(base64Url(parts[1] ?? ''), ENTRY_MAX);
    const delegation = this.delegation(whole(says, 'at'));
    if (!delegation) throw new FormatError('no delegation stands at an event');
    const jwk = plain(object(delegation, 'statement_key'));
    requireOwned(jwk);
    const { protectedHeader } = await compactVerify(jws, await importJWK(jwk, 'EdDSA'), { algorithms: ['EdDSA'] });
    if (
      protectedHeader.typ !== 'counterfoil-key-event+jwt' ||
      protectedHeader.kid !== (await calculateJwkThumbprint(jwk)) ||
      text(says, 'key_log') !== this.policy.keyLog.name ||
      whole(says, 'index') !== index
    ) {
      throw new FormatError('an event was signed for another place');
    }
    requireVersion(says);
    const event = text(says, 'event');
    if (event === 'log-stated') {
      const key = parseVkey(text(says, 'vkey'));
      const name = text(says, 'name');
      const pinned = this.policy.logs.find((log) => log.name === key.name);
      if (this.logs.has(name) || name === 'keys' || (pinned && pinned.text !== key.text)) {
        throw new FormatError('a log is stated twice, or is not the pinned one');
      }
      this.logs.set(name, { name, key, url: text(says, 'url') });
    } else if (event === 'log-moved') {
      this.logs.get(text(says, 'name')).url = text(says, 'url');
    } else if (event === 'key-stated') {
      await this.stateKey(object(says, 'key'), delegation);
    } else if (event === 'audit-log-stated') {
      this.stateAuditLog(says);
    } else if (event === 'disclosure-key-stated') {
      await this.stateDisclosureKey(says);
    } else if (event !== 'rotation-paused') {
      throw new FormatError('an event is unknown');
    }
  }

  /** An audit log: its own key said that it keeps this domain's events, in a checkpoint of it. */
  stateAuditLog(says) {
    allowOnly(says, ['v', 'event', 'at', 'key_log', 'index', 'vkey', 'consent', 'follows']);
    const key = strictVkey(text(says, 'vkey'));
    const keyLog = this.policy.keyLog.name;
    if (key.name.startsWith(keyLog.slice(0, -'keys'.length))) {
      throw new FormatError('an audit log is named as a log of tokens or keys');
    }
    // What the policy pins is for those who check an export: the log is read as by everybody.
    if (this.auditLogs.has(key.name) || this.endedAuditLogs.has(key.name)) {
      throw new FormatError('an audit log is stated twice');
    }
    const follows = says.has('follows') ? origin(says, 'follows') : undefined;
    const standing = [...this.auditLogs.keys()].filter((origin) => !this.endedAuditLogs.has(origin));
    const placed =
      standing.length === 0
        ? follows === undefined || this.auditLogs.has(follows)
        : standing.length === 1 && follows === standing[0];
    if (!placed) throw new FormatError('an audit log does not follow the one that stands');
    const consent = text(says, 'consent');
    const lines = consent.split('\n');
    const line = lines[5]?.split(' ') ?? [];
    if (
      Buffer.byteLength(consent) > CONSENT_MAX ||
      lines.length !== 7 ||
      !isBase64(lines[2], 32) ||
      lines[3] !== `counterfoil-audit-log/v1 ${keyLog}` ||
      lines[4] !== '' ||
      line.length !== 3 ||
      !isBase64(line[2], 4 + 64) ||
      lines[6] !== ''
    ) {
      throw new FormatError("an audit log's consent is not for this key log, or more than that");
    }
    const { size } = readCheckpoint(consent, key);
    this.auditLogs.set(key.name, { key, size, follows });
  }

  /** A key of the disclosure process: it signs no token, and its log keeps its key. */
  async stateDisclosureKey(says) {
    allowOnly(says, ['v', 'event', 'at', 'key_log', 'index', 'jwk', 'vkey', 'not_after']);
    const jwk = plain(object(says, 'jwk'));
    allowOnly(object(says, 'jwk'), ['kty', 'crv', 'x']);
    if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519') throw new FormatError('a disclosure key is not an Ed25519 key');
    requireOwned(jwk);
    const kid = await thumbprint(jwk);
    if (this.withdrawn.has(kid) || this.tainted.has(kid)) throw new FormatError('a disclosure key is stated after its end');
    const log = strictVkey(text(says, 'vkey'));
    const known = this.disclosureLogs.get(log.name);
    if (log.name.startsWith(this.policy.keyLog.name.slice(0, -'keys'.length)) || (known && known !== log.text)) {
      throw new FormatError('a disclosure log is named as a log of tokens or keys, or has another key');
    }
    const [at, end] = [whole(says, 'at'), whole(says, 'not_after')];
    if (end <= at || end > at + DISCLOSURE_LIFE_MAX_S) throw new FormatError('a disclosure key ends before its entry, or too late');
    this.disclosureLogs.set(log.name, log.text);
  }

  /** Why a checkpoint of a size, signed by an audit log's key, does not count; undefined when it does. */
  auditLogFault(vkey, size, pinned = false) {
    const { name } = parseVkey(vkey);
    if (!pinned && this.auditLogs.get(name)?.key.text !== vkey) return 'the key log does not state this audit log and key';
    const end = this.endedAuditLogs.get(name);
    if (end?.withdrawn) return "the audit log's key was withdrawn";
    return end && size > end.size ? `the audit log ended at size ${end.size}` : undefined;
  }

  async stateKey(key, delegation) {
    const kid = text(key, 'kid');
    const jwk = plain(object(key, 'jwk'));
    requireOwned(jwk);
    if (this.keys.has(kid) || this.withdrawn.has(kid) || this.tainted.has(kid)) {
      throw new FormatError('a key is stated twice, or after its end');
    }
    if (kid !== (await thumbprint(jwk)) || !admits(delegation, key)) {
      throw new FormatError('a key is not its thumbprint, or beyond its delegation');
    }
    const record = object(key, 'record');
    if (record.has('log') && !this.logs.has(text(record, 'log'))) {
      throw new FormatError("a key's log is not stated");
    }
    if (key.has('alias')) {
      // A key that came before keeps the name.
      const alias = text(key, 'alias');
      if (!this.keys.has(alias) && !this.aliases.has(alias)) this.aliases.set(alias, kid);
    }
    this.keys.set(kid, { kid, says: key, jwk, alg: text(key, 'alg') });
  }

  /** Of two ends of an audit log the smaller size counts. */
  endAuditLog(says) {
    allowOnly(says, ['v', 'event', 'at', 'origin', 'size', 'reason']);
    const [name, size, reason] = [origin(says, 'origin'), whole(says, 'size'), text(says, 'reason')];
    if (size < 0 || size >= SIZE_END) throw new FormatError('no size of a log');
    if (!['replaced', 'lost', 'withdrawn'].includes(reason) || (reason === 'withdrawn' && size !== 0)) {
      throw new FormatError("an audit log's end has another reason, or a withdrawal leaves something");
    }
    const before = this.endedAuditLogs.get(name);
    this.endedAuditLogs.set(name, {
      size: Math.min(size, before?.size ?? size),
      withdrawn: reason === 'withdrawn' || before?.withdrawn === true,
    });
  }

  /** The logs in which a digest counts: the latest generation first, and those that ended empty left out. */
  recordLogs(named) {
    return [...this.logs.values()]
      .filter(({ name }) => (name === named || followsBy(named, name) > 0) && this.ended.get(name) !== 0)
      .sort((a, b) => followsBy(a.name, b.name))
      .slice(0, RECORD_LOGS_MAX);
  }

  /** Whether a key's tokens are revoked at a position of a log. Of several record logs the later ones come after it. */
  isRevoked(kid, log, position) {
    return [...(this.revokedFrom.get(kid) ?? [])].some(([named, from]) => {
      const generations = followsBy(named, log);
      return generations === undefined || generations === 0 ? position >= from : generations > 0;
    });
  }

  /** The revocation of a token or of a group; a revocation log has no other entries. */
  revoke(says) {
    requireVersion(says);
    if (text(says, 'event') === 'token-revoked') {
      allowOnly(says, ['v', 'event', 'at', 'log', 'position', 'until']);
      this.revokedTokens.add(`${text(says, 'log')}.${whole(says, 'position')}`);
    } else if (text(says, 'event') === 'group-revoked') {
      allowOnly(says, ['v', 'event', 'at', 'group', 'before', 'until']);
      const [group, before] = [text(says, 'group'), whole(says, 'before')];
      if (base64Url(group).length !== GROUP_BYTES) throw new FormatError("a group's handle is none");
      this.revokedGroups.set(group, Math.max(before, this.revokedGroups.get(group) ?? 0));
    } else throw new FormatError('a revocation log has revocations alone');
  }

  /** An event that takes trust away. */
  take(says) {
    requireVersion(says);
    const event = text(says, 'event');
    const lower = (map, name, value) => map.set(name, Math.min(value, map.get(name) ?? Infinity));
    if (event === 'token-revoked' || event === 'group-revoked') this.revoke(says);
    else if (event === 'revocation-log-stated') {
      if (this.openRevocations || whole(says, 'number') !== this.lastRevocations + 1) {
        throw new FormatError('a revocation log does not follow the one before');
      }
      this.lastRevocations = this.openRevocations = whole(says, 'number');
    } else if (event === 'revocation-log-ended') {
      const [number, size, until] = ['number', 'size', 'until'].map((member) => whole(says, member));
      if (number !== this.openRevocations) throw new FormatError('a revocation log ends that is not open');
      this.openRevocations = 0;
      this.endedRevocations.set(number, { number, size, root: Buffer.from(text(says, 'root'), 'base64'), until });
    } else if (event === 'key-revoked') {
      const kid = text(says, 'kid');
      if (!this.revokedFrom.has(kid)) this.revokedFrom.set(kid, new Map());
      lower(this.revokedFrom.get(kid), text(says, 'log'), whole(says, 'from'));
    } else if (event === 'key-tainted') lower(this.tainted, text(says, 'kid'), whole(says, 'from'));
    else if (event === 'key-retired') lower(this.retired, text(says, 'kid'), whole(says, 'at'));
    else if (event === 'key-withdrawn') this.withdrawn.set(text(says, 'kid'), text(says, 'reason'));
    else if (event === 'log-ended') lower(this.ended, text(says, 'log'), whole(says, 'size'));
    else if (event === 'audit-log-ended') this.endAuditLog(says);
    else throw new FormatError('an event is unknown');
  }
}

/** By how many generations a record log follows another one of its door; undefined when they are not of one door. */
function followsBy(before, after) {
  if (!RECORD_LOG.test(before) || !RECORD_LOG.test(after)) return undefined;
  const [[door, earlier], [other, later]] = [before.split('g'), after.split('g')];
  return door === other ? Number(later) - Number(earlier) : undefined;
}

/** What becomes of the last entry of a key log: throws FormatError when it may not stand there. */
export async function replay(policy, entries) {
  const state = new KeyLogState(policy);
  for (const [index, entry] of entries.entries()) await state.apply(entry, index);
  return state;
}

/** Of an AKP key RFC 9964 has the members alg, kty and pub. */
async function thumbprint(jwk) {
  return jwk.kty === 'AKP'
    ? sha256(JSON.stringify({ alg: jwk.alg, kty: jwk.kty, pub: jwk.pub })).toString('base64url')
    : calculateJwkThumbprint(jwk);
}

async function requireThreshold(root, signers, type) {
  const holders = new Map();
  for (const vkey of texts(root, 'keys')) {
    const jwk = ed25519Jwk(parseVkey(vkey).raw);
    holders.set(await calculateJwkThumbprint(jwk), jwk);
  }
  const good = new Set();
  for (const { header, signature, payload } of signers) {
    allowOnly(header, ['alg', 'kid', 'typ']);
    const kid = text(header, 'kid');
    const jwk = holders.get(kid);
    if (!jwk || text(header, 'typ') !== type) continue;
    await flattenedVerify({ ...signature, payload }, await importJWK(jwk, 'EdDSA'), { algorithms: ['EdDSA'] });
    good.add(kid);
  }
  if (good.size < whole(root, 'threshold')) throw new FormatError('too few holders of the root signed');
}

const allows = (list, value) => list.includes('*') || list.includes(value);
const within = (inner, outer) => outer.includes('*') || inner.every((value) => outer.includes(value));

/** The issuers that a delegation attaches (spec/keys.md): of version 2 it attaches some, of version 1 none. */
export const attachedIssuers = (delegation) =>
  delegation.has('attached_issuers') ? texts(delegation, 'attached_issuers') : [];

function requireAttached(delegation) {
  const [attached, own] = [attachedIssuers(delegation), text(delegation, 'issuer').replace(/\/$/, '')];
  if (whole(delegation, 'v') !== (delegation.has('attached_issuers') ? 2 : 1)) {
    throw new FormatError('a delegation is of another version');
  }
  const isOne = (issuer) => issuer.length <= ISSUER_MAX && isIssuer(issuer) && issuer.replace(/\/$/, '') !== own;
  if (delegation.has('attached_issuers') && (attached.length < 1 || attached.length > ATTACHED_MAX)) {
    throw new FormatError('a delegation attaches too many issuers, or an empty list');
  }
  if (new Set(attached).size !== attached.length || !attached.every(isOne)) {
    throw new FormatError('a delegation attaches what is no other issuer');
  }
}

/** An https URL without user, query and fragment, or an http one of this host. */
function isIssuer(issuer) {
  if (/[?#@]/.test(issuer) || !URL.canParse(issuer)) return false;
  const { protocol, hostname } = new URL(issuer);
  return hostname !== '' && (protocol === 'https:' || (protocol === 'http:' && THIS_HOST.test(hostname)));
}

/** Whether a key's statement is inside a delegation's bounds. */
export function admits(delegation, key) {
  const record = object(key, 'record');
  const attached =
    attachedIssuers(delegation).includes(text(key, 'issuer')) &&
    text(record, 'form') === 'digest' &&
    RECORD_LOG.test(text(record, 'log'));
  return (
    text(key, 'domain') === text(delegation, 'domain') &&
    (text(key, 'issuer') === text(delegation, 'issuer') || attached) &&
    within(texts(key, 'tenants'), texts(delegation, 'tenants')) &&
    (within(texts(key, 'token_types'), texts(delegation, 'token_types')) ||
      (attached && within(texts(key, 'token_types'), ['JWT', 'at+jwt']))) &&
    within(texts(key, 'audiences'), texts(delegation, 'audiences')) &&
    texts(delegation, 'record_forms').includes(text(object(key, 'record'), 'form')) &&
    whole(key, 'life_max_s') <= whole(delegation, 'life_max_s')
  );
}

export { allows };
