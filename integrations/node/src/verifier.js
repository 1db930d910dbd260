// A verifier of Counterfoil's access tokens: one call, which gives claims of a token that was
// checked in every respect and was issued, or throws a Refusal. docs/integrate/verifying.md has the order of
// the checks and the codes.
import { findDigest, parseForeign, requireForeign } from './attached.js';
import { Possession } from './dpop.js';
import { admits, allows, ForkError, mirror, parsePolicy } from './keylog.js';
import { sha256 } from './log.js';
import { leafOf, LogView } from './log-view.js';
import { guarded } from './reading.js';
import { sightingOf } from './sightings.js';
import { object, plain, Refusal, text } from './strict.js';
import { isSignedBy, parse, place, requireScope, requireSignature, requireUnrevoked } from './token.js';

const SKEW_S = 30;
const TOKENS_MAX = 50_000;
const STAPLING = ['ignored', 'accepted', 'required'];

export class Verifier {
  #policy;
  #neighbours;
  #read;
  #now;
  #staleAfter;
  #refreshEvery;
  #tipWait;
  #stapling;
  #possession;
  #sightings;
  #keys = new Map();
  #views = new Map();
  #known = new Map();
  #services = new Set();

  /**
   * @param policy the text of the policy file
   * @param neighbours policies of other domains, whose keys are known only to be recognised
   * @param read gives the bytes at a URL, or throws; an error with a `status` below 500 is an answer
   * @param now seconds since 1970
   * @param stapling what is done with proofs that clients send: 'ignored', 'accepted' or 'required'
   * @param sightings a SightingReporter, which tells the monitor what was seen
   * @param usedProofs remembers DPoP proofs, where processes behind one address share a store
   */
  constructor({
    policy,
    neighbours = [],
    read,
    now = () => Date.now() / 1000,
    staleAfterS = 300,
    refreshEveryS = 2,
    tipWaitMs = 1000,
    stapling = 'ignored',
    sightings,
    usedProofs,
  }) {
    if (!STAPLING.includes(stapling)) throw new TypeError(`stapling is one of ${STAPLING}`);
    this.#policy = parsePolicy(policy);
    this.#neighbours = neighbours.map(parsePolicy);
    this.#read = guarded(read);
    this.#now = now;
    this.#staleAfter = staleAfterS;
    this.#refreshEvery = refreshEveryS;
    this.#tipWait = tipWaitMs;
    this.#stapling = stapling;
    this.#possession = new Possession(now, usedProofs);
    this.#sightings = sightings;
    sightings?.follow(() => this.#holds());
  }

  /**
   * Verifies a token for a service.
   *
   * @param audience the service's own name
   * @param tenants whose tokens it honours; ['*'] for any, and then it keeps their data apart
   * @param attachedIssuers issuers that keep their own iss and keys, whose recorded tokens it honours too: two issuers may
   *     give one sub to two people, so look at `claims.iss` (docs/integrate/attached-issuers.md)
   * @param binding 'bearer-allowed' or 'required'; a token that is bound wants its proof in either case
   * @param request what it came with: `method` and `url` as the client sees them and the header `dpop`, the thumbprint of
   *     the client's `certificate`, the header `proof` (Counterfoil-Proof); `resource` and `clientAddress` for sightings
   * @returns claims, tokenId, position, keyId, and auditId for the service's own records
   */
  async verify(token, { audience, type = 'at+jwt', tenants, binding, attachedIssuers = [] }, request = {}) {
    if (!audience || !Array.isArray(tenants) || !['bearer-allowed', 'required'].includes(binding)) {
      throw new TypeError('say audience, tenants and binding');
    }
    if (this.#services.size < 16) this.#services.add(audience);
    const name = sha256(String(token)).toString('base64url');
    const known = this.#known.get(name);
    const found = { token: String(token), parsed: known };
    const seen = async (outcome, signed) =>
      this.#sightings?.report(sightingOf({ outcome, found, signed, audience, request, now: this.#now() }));
    try {
      const { log, position } = await this.#check(found, known, { audience, type, tenants, binding, attached: attachedIssuers }, request);
      const { parsed } = found;
      if (!known) {
        if (this.#known.size >= TOKENS_MAX) this.#known.delete(this.#known.keys().next().value);
        this.#known.set(name, parsed);
        await seen('accepted', false);
      }
      return {
        claims: plain(parsed.all),
        tokenId: parsed.claims.jti,
        log,
        position,
        keyId: parsed.kid,
        auditId: parsed.digest.toString('base64url'),
      };
    } catch (e) {
      if (e instanceof Refusal && this.#sightings) {
        await seen(e.code, Boolean(found.key && (await isSignedBy(found.key, found.parsed))));
      }
      throw e;
    }
  }

  /** Every check, the cheap ones first; what it learns of the token on its way is left in `found`. */
  async #check(found, known, { audience, type: asked, tenants, binding, attached }, request) {
    const parsed = (found.parsed = known ?? (await this.#foreign(found.token)) ?? parse(found.token));
    const { claims, kid } = parsed;
    if (claims.iss !== this.#policy.issuer && !parsed.foreign) {
      found.key = this.#keys.get(this.#policy.domain)?.state?.keys.get(kid) ?? (await this.#neighboursKey(kid));
      throw new Refusal('issuer', 'token is of another issuer');
    }
    const state = await this.#state(this.#policy);
    const delegation = state.delegation(this.#now());
    if (!delegation) throw new Refusal('keys-unavailable', 'no delegation stands');
    found.key = state.keys.get(kid);
    if (state.withdrawn.has(kid)) {
      throw state.withdrawn.get(kid) === 'ended' && this.#now() >= claims.exp
        ? new Refusal('expired', 'token is expired')
        : new Refusal('key-withdrawn', "token's key was withdrawn");
    }
    const key = found.key;
    if (!key || !admits(delegation, key.says)) {
      found.key = await this.#neighboursKey(kid);
      throw found.key
        ? new Refusal('domain', "token's key is a key of another trust domain")
        : new Refusal('key-unknown', "token's key is not in the key set");
    }
    if (key.alg !== parsed.alg) throw new Refusal('algorithm', "token's algorithm is not its key's");
    requireScope(key.says, delegation, parsed);
    const type = parsed.foreign
      ? requireForeign(parsed, key, { issuer: this.#policy.issuer, attached, type: asked })
      : asked;
    if (parsed.type !== type) throw new Refusal('token-type', 'token is of another type');
    if (!claims.aud.includes(audience)) throw new Refusal('audience', 'token is for another audience');
    if (!allows(tenants, claims.tenant)) throw new Refusal('tenant', 'token is of another tenant');
    if (this.#now() >= claims.exp) throw new Refusal('expired', 'token is expired');
    if (Math.max(claims.iat, claims.nbf ?? 0) > this.#now() + SKEW_S) {
      throw new Refusal('not-yet-valid', 'token is not valid yet');
    }
    const record = object(key.says, 'record');
    if (parsed.foreign && text(record, 'form') === 'digest') {
      return this.#checkByDigest(found, known, state, text(record, 'log'), binding, request);
    }
    if (text(record, 'form') !== 'position' || text(key.says, 'issuer') !== claims.iss) {
      throw new Refusal('key-unknown', 'tokens that nobody records are not verified here');
    }
    const { log, position } = place(claims);
    if (log !== text(record, 'log')) throw new Refusal('wrong-log', "token names another log than its key's");
    requireUnrevoked(state, kid, log, position, claims);
    if (!known) await requireSignature(key, parsed);
    await this.#possession.require(found.token, claims, binding, request);
    if (position >= (state.ended.get(log) ?? Infinity)) {
      throw new Refusal('beyond-tip', "the token's log ended before its position");
    }
    await this.#requireIssued(state.logs.get(log), position, leafOf(parsed.digest), known, request.proof);
    return { log, position };
  }

  /** A token that another issuer composed; undefined for every other one, and where no keys are known yet. */
  async #foreign(token) {
    const state = await this.#state(this.#policy).catch((e) => {
      if (!(e instanceof Refusal)) throw e;
    });
    const delegation = state?.delegation(this.#now());
    return delegation && parseForeign(token, state, delegation);
  }

  async #checkByDigest({ parsed, token, key }, known, state, named, binding, request) {
    if (!known) {
      await requireSignature(key, parsed);
    }
    await this.#possession.require(token, parsed.claims, binding, request);
    if (!known) {
      if (this.#stapling === 'required' || (request.proof && this.#stapling === 'accepted')) {
        throw new Refusal('proof-malformed', "proofs of other issuers' tokens are not taken here");
      }
      const logs = state.recordLogs(named);
      Object.assign(
        parsed,
        await findDigest(logs, state.ended, parsed.digest, this.#read, this.#tipWait, (log, position) =>
          this.#requireRecorded(log, position, leafOf(parsed.digest)),
        ),
      );
    } else await this.#requireIssued(parsed.log, parsed.position, leafOf(parsed.digest), known, undefined);
    const { log, position } = parsed;
    requireUnrevoked(state, parsed.kid, log.name, position, parsed.claims);
    if (position >= (state.ended.get(log.name) ?? Infinity)) {
      throw new Refusal('beyond-tip', "the token's log ended before its position");
    }
    return { log: log.name, position };
  }

  async #requireRecorded(log, position, leaf) {
    try {
      await this.#requireIssued(log, position, leaf, undefined, undefined);
    } catch (e) {
      // The authority's word alone led there.
      if (e.code !== 'never-issued' && e.code !== 'beyond-tip') throw e;
      throw new Refusal('proof-unavailable', 'the log does not have the digest where its authority says');
    }
  }

  async #requireIssued(log, position, leaf, known, proof) {
    if (!this.#views.has(log.name)) this.#views.set(log.name, new LogView(this.#read, this.#tipWait));
    const view = this.#views.get(log.name);
    if (known) view.newest();
    else if (proof && this.#stapling !== 'ignored') view.requireShown(log, position, leaf, proof);
    else if (this.#stapling !== 'required') await view.requireIssued(log, position, leaf);
    else throw new Refusal('proof-missing', 'a proof that it was issued is to come with it');
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

  async #neighboursKey(kid) {
    for (const neighbour of this.#neighbours) {
      const key = (await this.#state(neighbour).catch(() => undefined))?.keys.get(kid);
      if (key) return key;
    }
    return undefined;
  }

  /** What an acknowledgement says; also while the issuer is away, and nothing before the key log could be read. */
  async #holds() {
    await this.#state(this.#policy).catch(() => {});
    const { state } = this.#keys.get(this.#policy.domain);
    if (!state) return undefined;
    const now = this.#now();
    const taken = [...state.keys.values()].filter(({ kid, says }) => !state.withdrawn.has(kid) && now < says.get('verify_until'));
    const logs = [...this.#views].map(([name, view]) => view.heads().map((head) => ({ name, ...head })));
    return {
      domain: this.#policy.domain,
      services: [...this.#services],
      key_log: {
        size: state.size,
        root: state.root.toString('base64url'),
        counted: state.size,
        lag_ms: Math.max(0, Math.floor((now - state.time) * 1000)),
      },
      keys: taken.toSorted((a, b) => b.says.get('active_from') - a.says.get('active_from')).map(({ kid }) => kid),
      mode: this.#stapling === 'required' ? 'stapled' : 'tiles',
      logs: logs.sort((a, b) => b.length - a.length).flat(),
    };
  }
}
