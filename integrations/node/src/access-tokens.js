// The access tokens with which this process speaks to the authority and to the monitor.
import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { bodyOf } from './reading.js';

const TIMEOUT_MS = 5000;
const ANSWER_MAX = 64 * 1024;
const TOKEN_MARGIN_MS = 30_000;

/** Access tokens by client credentials with private_key_jwt (RFC 7523 2.2), each kept until shortly before its end. */
export function accessTokens({ issuer, clientId, clientKey, audience, scope }) {
  let held;
  const ask = async (signal) => {
    const key = await importJWK(clientKey, 'ES256');
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', ...(clientKey.kid && { kid: clientKey.kid }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(issuer)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(key);
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        audience,
        scope,
      }),
      redirect: 'error',
      signal,
    });
    const answer = await bodyOf(response, ANSWER_MAX)
      .then((body) => JSON.parse(body) ?? {})
      .catch(() => ({}));
    if (!response.ok || typeof answer.access_token !== 'string') {
      const why = String(answer.error ?? `status ${response.status}`)
        .replace(/[^ -~]/g, '?')
        .slice(0, 200);
      throw new Error(`${issuer}/token gives client ${clientId} no access token: ${why}`);
    }
    return { token: answer.access_token, until: performance.now() + (answer.expires_in ?? 60) * 1000 - TOKEN_MARGIN_MS };
  };
  return async (rejected = false, signal = AbortSignal.timeout(TIMEOUT_MS)) => {
    if (rejected || !held || (await held.catch(() => ({ until: 0 }))).until <= performance.now()) {
      held = ask(signal);
      held.catch(() => (held = undefined));
    }
    return (await held).token;
  };
}
