// Hands the digests of another issuer's tokens in at the record door (docs/integrate/record-door.md), and oidc-provider's
// before it releases them.
import { createHash } from 'node:crypto';
import { accessTokens } from './access-tokens.js';
import { bodyOf } from './reading.js';

const BATCH_MAX = 1000;
const WAITING_MAX = 10_000;
const TIMEOUT_MS = 5000;
const ANSWER_MAX = 64 * 1024;
const AGAIN_MS = 100;

/** A token that was not recorded, so that it must not be released. Its members are what oidc-provider answers: 503. */
export class NotRecorded extends Error {
  constructor(reason, options) {
    super('temporarily_unavailable', options);
    Object.assign(this, {
      reason,
      expose: true,
      status: 503,
      statusCode: 503,
      error_description: 'the token could not be recorded',
    });
  }
}

export class RecordDoor {
  #issuer;
  #accessToken;
  #waitMs;
  #waiting = [];
  #sending = false;

  /**
   * @param issuer the issuer that has the record door
   * @param clientId the source: a client with scope counterfoil:record
   * @param clientKey its private P-256 key, as a JWK
   * @param waitMs how long a token waits for the door before it is refused
   */
  constructor({ issuer, clientId, clientKey, waitMs = 3000 }) {
    if (!issuer || !clientId || !clientKey) throw new TypeError('say issuer, clientId and clientKey');
    this.#issuer = issuer;
    this.#waitMs = waitMs;
    this.#accessToken = accessTokens({ issuer, clientId, clientKey, audience: issuer, scope: 'counterfoil:record' });
  }

  /**
   * Records a token: a compact JWS. Until this has given its place, the token must not be released.
   *
   * @returns log and position
   * @throws NotRecorded when the door did not take it in time
   */
  record(token) {
    const parts = String(token).split('.');
    if (parts.length !== 3)
      return Promise.reject(new NotRecorded('only a compact JWS can be recorded: an encrypted token hides its own'));
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(new NotRecorded('too many tokens wait for the door'));
    const digest = createHash('sha256').update(`${parts[0]}.${parts[1]}`).digest();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ digest, resolve, reject, until: performance.now() + this.#waitMs });
      // Those of one moment go in one request; those that come meanwhile go in the next.
      if (!this.#sending) void this.#send();
    });
  }

  async #send() {
    this.#sending = true;
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      try {
        const { log, positions } = await this.#post(batch);
        batch.forEach(({ resolve }, i) => resolve({ log, position: positions[i] }));
      } catch (e) {
        // Whether they were recorded is not known: handed in again they get the same places.
        const now = performance.now();
        for (const late of batch) if (late.until <= now || e.final) late.reject(new NotRecorded(e.message, { cause: e }));
        this.#waiting.unshift(...batch.filter(({ until }) => until > now && !e.final));
        if (this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
    this.#sending = false;
  }

  async #post(batch) {
    const left = Math.ceil(Math.max(1, Math.min(TIMEOUT_MS, Math.max(...batch.map(({ until }) => until)) - performance.now())));
    // For all of it: those that come meanwhile wait for this to end.
    const signal = AbortSignal.timeout(left);
    for (const again of [false, true]) {
      const response = await fetch(`${this.#issuer}/record`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await this.#accessToken(again, signal)}`,
          'content-type': 'application/vnd.counterfoil.digests',
        },
        body: Buffer.concat(batch.map(({ digest }) => digest)),
        redirect: 'error',
        signal,
      });
      const answer = await bodyOf(response, ANSWER_MAX);
      if (response.status === 401 && !again) continue;
      if (response.ok) return placed(JSON.parse(answer), batch.length);
      // What the door refuses for good is refused now.
      const final = response.status >= 400 && response.status < 500 && response.status !== 429;
      throw Object.assign(new Error(`the record door answers ${response.status}`), { final });
    }
  }
}

function placed(answer, count) {
  const { log, positions } = answer;
  const good =
    Array.isArray(positions) && positions.length === count && positions.every((p) => Number.isSafeInteger(p) && p >= 0);
  if (!good || typeof log !== 'string') throw new Error('the record door gives no places');
  return { log, positions };
}

/**
 * Has a provider of the package oidc-provider record each JWT access token and each ID token before it releases it. One
 * that is not recorded is not released: the client is answered 503, `temporarily_unavailable`.
 */
export function recordTokens(provider, door) {
  for (const model of [provider.AccessToken, provider.ClientCredentials]) {
    const { save } = model.prototype;
    model.prototype.save = async function (...given) {
      const token = await save.apply(this, given);
      // An opaque token has no dots: it says nothing without the provider.
      if (token.includes('.')) await door.record(token);
      return token;
    };
  }
  const { issue } = provider.IdToken.prototype;
  provider.IdToken.prototype.issue = async function (...given) {
    const token = await issue.apply(this, given);
    if (given[0]?.use === 'idtoken') await door.record(token);
    return token;
  };
}
