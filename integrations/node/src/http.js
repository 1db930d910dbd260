// The verifier in front of routes: Express and Fastify, neither of which is needed to install this.
import { DPOP_ALGORITHMS } from './dpop.js';
import { Refusal } from './strict.js';

const RETRY_AFTER_S = 2;

/** Refusals of which nobody can tell for now whether the token is good: its client is not sent for another. */
const UNDECIDED = new Set(
  'proof-unavailable not-cosigned log-forked key-log-forked keys-unavailable keys-stale algorithm-unavailable'.split(' '),
);

const verified = new WeakMap();

/** What was verified of a request that passed `expressGuard` or `fastifyGuard`; throws for every other. */
export function verifiedOf(request) {
  const found = verified.get(request);
  if (!found) throw new Error('this request passed no guard: put one in front of its route');
  return found;
}

/**
 * Express middleware: what passes has `verifiedOf(req)`.
 *
 * @param verifier a Verifier
 * @param expect what `verify` takes: audience, tenants, binding
 * @param origin scheme and host as clients see them, `https://mail.example`; without it proofs of possession are refused
 * @param refused is told of each Refusal, for the service's own log
 */
export function expressGuard(options) {
  const guard = guardOf(options);
  return (req, res, next) => {
    const asked = { method: req.method, target: req.originalUrl, headers: req.headers, address: req.ip, tls: req.socket };
    guard(asked).then(({ refusal, found }) => {
      if (refusal) return void res.status(refusal.status).set(refusal.headers).end();
      verified.set(req, found);
      next();
    }, next);
  };
}

/** A hook for Fastify: `app.addHook('onRequest', fastifyGuard(options))`. Options are those of `expressGuard`. */
export function fastifyGuard(options) {
  const guard = guardOf(options);
  return async (request, reply) => {
    const asked = {
      method: request.method,
      target: request.originalUrl,
      headers: request.headers,
      address: request.ip,
      tls: request.raw.socket,
    };
    const { refusal, found } = await guard(asked);
    if (refusal) return reply.code(refusal.status).headers(refusal.headers).send();
    verified.set(request, found);
  };
}

function guardOf({ verifier, expect, origin, refused = () => {} }) {
  if (!verifier || !expect) throw new TypeError('say verifier and expect');
  const seenAs = origin && new URL(origin).origin;
  return async ({ method, target, headers, address, tls }) => {
    const [, scheme, token] = /^(Bearer|DPoP) +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (!token) return { refusal: { status: 401, headers: { 'www-authenticate': challenge(expect) } } };
    const isDpop = scheme.toLowerCase() === 'dpop';
    const path = pathOf(target);
    try {
      const found = await verifier.verify(token, expect, {
        method,
        url: seenAs && path && seenAs + path,
        dpop: isDpop ? headers.dpop : undefined,
        // That the client holds its key is what the handshake showed.
        certificate: tls?.authorized ? thumbprint(tls.getPeerX509Certificate?.()) : undefined,
        proof: headers['counterfoil-proof'],
        resource: (path ?? target).split('?')[0],
        clientAddress: address,
      });
      return { found };
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      refused(e);
      return {
        refusal: UNDECIDED.has(e.code)
          ? { status: 503, headers: { 'retry-after': String(RETRY_AFTER_S) } }
          : { status: 401, headers: { 'www-authenticate': challenge(expect, isDpop, ', error="invalid_token"') } },
      };
    }
  };
}

/** Path and query of a request's target: the host that may stand before them is the client's choice (RFC 9112 3.2.2). */
const pathOf = (target) => /^(?:https?:\/\/[^/?#]*)?(\/.*)$/is.exec(target)?.[1];

/** RFC 6750 3, RFC 9449 7.1; the caller is not told the code. */
function challenge(expect, isDpop = expect.binding === 'required', error = '') {
  return isDpop ? `DPoP algs="${DPOP_ALGORITHMS.join(' ')}"${error}` : `Bearer realm="${expect.audience}"${error}`;
}

const thumbprint = (certificate) =>
  certificate && Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
