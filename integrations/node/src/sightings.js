// What a service saw of tokens, and what it holds of the key log, told to the monitor in the background (spec/sightings.md,
// spec/acknowledgements.md). Without it a forged token is refused and nobody learns of it.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { accessTokens } from './access-tokens.js';

const TEXT_MAX = 1024;
const BATCH_MAX = 256;
const BATCH_BYTES_MAX = 896 * 1024;
const WAITING_MAX = 16 * 1024;
const COLLECT_MS = 200;
const ACKNOWLEDGE_EVERY_MS = 25_000;
const LOOK_EVERY_MS = 2000;
const TIMEOUT_MS = 5000;
const BACK_OFF_MS = [250, 30_000];
const KEYS_MAX = 256;
const SERVICES_MAX = 16;
const LOGS_MAX = 16;

/** Refusals of what the signer would never have signed: with a good signature it is forged, and evidence. */
const FORGED = new Set(
  (
    'malformed algorithm key-tainted key-retired key-too-old issuer domain key-scope-tenant key-scope-type key-scope-audience ' +
    'key-scope-binding key-not-active life-too-long past-verify-until token-id wrong-log never-issued beyond-tip'
  ).split(' '),
);

/** A text of the token's as a sighting may have it: its presenter chose it. */
const fitting = (text) =>
  text === undefined
    ? undefined
    : text
        .toWellFormed()
        .replace(/\p{Cc}/gu, '\ufffd')
        .slice(0, TEXT_MAX)
        .toWellFormed();

/**
 * What was seen of a token.
 *
 * @param found what the checks found out about it, as far as they came: `parsed`, and the `key` that it names
 * @param signed whether that key has signed it, although it was refused
 */
export function sightingOf({ outcome, found: { token, parsed, key }, signed, audience, request, now }) {
  const claims = parsed?.claims;
  const elsewhere = outcome === 'issuer' && key?.says.get('issuer') === claims?.iss;
  const forged = signed && FORGED.has(outcome) && !elsewhere;
  return {
    seen_at_ms: Math.floor(now * 1000),
    outcome,
    grade: parsed ? 'digest' : 'identifier',
    digest: parsed?.digest.toString('base64url'),
    kid: fitting(parsed?.kid),
    iss: fitting(claims?.iss),
    tenant: fitting(claims?.tenant),
    sub: fitting(claims?.sub),
    client_id: fitting(parsed?.all.get('client_id')),
    jti: fitting(claims?.jti),
    iat: claims?.iat,
    exp: claims?.exp,
    service: fitting(audience),
    resource: fitting(request.resource),
    action: fitting(request.method),
    client_address: fitting(request.clientAddress),
    count: 1,
    // A whole token is a credential: it leaves only as evidence of a forgery.
    evidence: forged ? token : undefined,
    signed: (signed && !forged) || undefined,
  };
}

const isForged = (sighting) => Boolean(sighting.signed ?? sighting.evidence);

export class SightingReporter {
  #monitor;
  #instance;
  #log;
  #accessToken;
  #waiting = [];
  #sequence = Date.now();
  #free = [];
  #lost = 0;
  #sending;
  #timer;
  #holds;
  #said;
  #saidAt = -Infinity;
  #failing = false;
  #closing = new AbortController();

  /**
   * @param monitor the monitor's URL
   * @param issuer the issuer's URL, as the policy has it
   * @param clientId the client under which this service is registered with the monitor
   * @param clientKey its private P-256 key, as a JWK
   * @param instance this process's name: each process has its own
   * @param log takes a line when reports cannot be sent, and when they can again
   */
  constructor({ monitor, issuer, clientId, clientKey, audience = 'counterfoil-monitor', instance, log = console.warn }) {
    if (!monitor || !issuer || !clientId || !clientKey) throw new TypeError('say monitor, issuer, clientId and clientKey');
    this.#monitor = monitor;
    this.#instance = instance ?? `${hostname()}/${process.pid}`;
    this.#log = log;
    this.#accessToken = accessTokens({ issuer, clientId, clientKey, audience, scope: 'counterfoil:sightings' });
  }

  /** Sightings that were not reported, and will not be, since the start. */
  get lost() {
    return this.#lost;
  }

  /** Takes a sighting; never waits, and never throws. */
  report(sighting) {
    const forged = isForged(sighting);
    const room = forged || sighting.outcome === 'accepted' ? WAITING_MAX : WAITING_MAX / 2;
    if (this.#closing.signal.aborted || this.#waiting.length >= room) this.#lost++;
    else if (forged) this.#waiting.unshift(sighting);
    else this.#waiting.push(sighting);
    this.#wake();
  }

  #wake() {
    this.#sending ??= this.#pause(COLLECT_MS)
      .then(() => this.#sendAll())
      .finally(() => {
        this.#sending = undefined;
        // What came while the last batch was taken.
        if (this.#waiting.length > 0) this.#wake();
      });
  }

  /** Tells the monitor from now on what a verifier holds; `holds` gives it, or undefined. */
  follow(holds) {
    this.#holds = holds;
    this.#timer = setInterval(() => void this.#acknowledge(), LOOK_EVERY_MS).unref();
  }

  /** Sends what waits, once, and says that this process leaves. */
  async close() {
    this.#closing.abort();
    clearInterval(this.#timer);
    await this.#sending;
    await this.#sendAll();
    if (this.#said) await this.#post('acknowledgements', { ...this.#said, at_ms: Date.now(), leaving: true }).catch(() => {});
  }

  async #sendAll() {
    while (this.#waiting.length > 0) await this.#deliver(this.#nextBatch());
  }

  #nextBatch() {
    let [count, length] = [0, 0];
    while (count < BATCH_MAX && count < this.#waiting.length && length < BATCH_BYTES_MAX) {
      length += Buffer.byteLength(JSON.stringify(this.#waiting[count++])) + 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Sends a batch until it is taken, is refused for good, or the reporter closes. */
  async #deliver(sightings) {
    const sequence = this.#free.pop() ?? this.#sequence++;
    // The same however often it is sent, so that it is recorded once.
    const batch = { v: 1, reporter: this.#instance, sequence, lost: this.#lost, sightings };
    for (let backOff = BACK_OFF_MS[0]; ; backOff = Math.min(2 * backOff, BACK_OFF_MS[1])) {
      const problem = await this.#post('sightings', batch).catch((e) => ({ text: e.message }));
      if (!problem) return this.#succeeded();
      if ([400, 413, 422].includes(problem.status)) return this.#refused(sequence, sightings, problem);
      this.#failed(problem);
      if (this.#closing.signal.aborted) {
        this.#lost += sightings.length;
        return;
      }
      await this.#pause(backOff);
    }
  }

  /** Halves of a batch that was refused for good are sent; one sighting alone is lost. */
  async #refused(sequence, sightings, problem) {
    this.#free.push(sequence);
    if (sightings.length === 1) {
      this.#lost++;
      this.#failed(problem);
      return;
    }
    const half = Math.floor(sightings.length / 2);
    await this.#deliver(sightings.slice(0, half));
    await this.#deliver(sightings.slice(half));
  }

  async #acknowledge() {
    const held = await this.#holds();
    if (!held || this.#closing.signal.aborted) return;
    const { services, keys, logs, ...rest } = held;
    const said = {
      v: 1,
      instance: this.#instance,
      at_ms: Date.now(),
      services: services.slice(0, SERVICES_MAX),
      keys: keys.slice(0, KEYS_MAX),
      logs: logs.slice(0, LOGS_MAX),
      ...rest,
    };
    const isNews = said.key_log.size !== this.#said?.key_log.size;
    if (!isNews && performance.now() - this.#saidAt < ACKNOWLEDGE_EVERY_MS) return;
    const problem = await this.#post('acknowledgements', said).catch((e) => ({ text: e.message }));
    if (problem) return this.#failed(problem);
    this.#said = said;
    this.#saidAt = performance.now();
    this.#succeeded();
  }

  /** Gives what went wrong, or undefined. */
  async #post(path, body) {
    for (const again of [false, true]) {
      const response = await fetch(`${this.#monitor}/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await this.#accessToken(again)}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      if (response.status !== 401 || again) return { status: response.status, text: `status ${response.status}` };
    }
  }

  /** Ends early when the reporter closes. */
  #pause(ms) {
    return sleep(ms, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {});
  }

  #succeeded() {
    if (this.#failing) this.#log(`the monitor takes reports again; sightings lost so far: ${this.#lost}`);
    this.#failing = false;
  }

  #failed({ text }) {
    if (!this.#failing) {
      this.#log(`reports cannot be sent to ${this.#monitor}, and wait: ${text}. Check the monitor and this client's key.`);
    }
    this.#failing = true;
  }
}
