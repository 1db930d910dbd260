// RFC 9449 4.3, item by item: each has a proof that is good but for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Possession, UsedProofs } from '../src/dpop.js';
import { sha256 } from '../src/log.js';

const NOW = 1_800_000_000;
const TOKEN = 'header.payload.signature';
const url = 'https://mail.example/inbox?page=2';
const ath = sha256(TOKEN).toString('base64url');
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const jwk = await exportJWK(publicKey);
const bound = { bound: true, key: await calculateJwkThumbprint(jwk) };
let count = 0;

const proof = (claims = {}, header = {}, key = privateKey) =>
  new SignJWT({ jti: `p${count++}`, htm: 'GET', htu: 'https://MAIL.example:443/inbox', iat: NOW, ath, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key);

async function code(possession, dpop, { claims = bound, binding = 'bearer-allowed', ...request } = {}) {
  try {
    await possession.require(TOKEN, claims, binding, { method: 'GET', url, dpop, ...request });
    return 'held';
  } catch (e) {
    assert.ok(e.code, e.stack);
    return e.code;
  }
}

test('a proof counts for its request, its token and its key, once', async () => {
  const possession = new Possession(() => NOW);
  const used = await proof();
  assert.equal(await code(possession, used), 'held');
  assert.equal(await code(possession, used), 'binding-invalid');
  const other = await generateKeyPair('ES256', { extractable: true });
  const ed25519 = await generateKeyPair('Ed25519', { extractable: true });
  const private_ = await exportJWK(privateKey);
  const refused = {
    'another method': await proof({ htm: 'POST' }),
    'another path': await proof({ htu: 'https://mail.example/outbox' }),
    'another host': await proof({ htu: 'https://mail.example.org/inbox' }),
    'plain HTTP': await proof({ htu: 'http://mail.example/inbox' }),
    'a user in the URI': await proof({ htu: 'https://ann@mail.example/inbox' }),
    'too old': await proof({ iat: NOW - 61 }),
    'from the future': await proof({ iat: NOW + 61 }),
    'a fraction': await proof({ iat: NOW + 0.5 }),
    'another token': await proof({ ath: sha256('another').toString('base64url') }),
    'no token': await proof({ ath: undefined }),
    'no name': await proof({ jti: '' }),
    'another type': await proof({}, { typ: 'jwt' }),
    'another key': await proof({}, { jwk: await exportJWK(other.publicKey) }, other.privateKey),
    'another signer': await proof({}, {}, other.privateKey),
    'another algorithm': await proof({}, { alg: 'EdDSA', jwk: await exportJWK(ed25519.publicKey) }, ed25519.privateKey),
    'the private key': await proof({}, { jwk: private_ }),
    'a critical header': (await proof()).replace(/^[^.]+/, (h) => {
      const header = JSON.parse(Buffer.from(h, 'base64url'));
      return Buffer.from(JSON.stringify({ ...header, crit: ['x'], x: 1 })).toString('base64url');
    }),
    'an empty header': '',
    'no token at all': 'nonsense',
    'too long': `${await proof()}${'A'.repeat(9000)}`,
  };
  for (const [why, dpop] of Object.entries(refused)) {
    assert.equal(await code(possession, dpop), dpop ? 'binding-invalid' : 'binding-missing', why);
  }
  assert.equal(await code(possession, await proof()), 'held');
  assert.equal(await code(possession, await proof(), { url: undefined }), 'binding-missing');
});

test('a proof from before the start may have been used', async () => {
  const possession = new Possession(() => NOW);
  assert.equal(await code(possession, await proof({ iat: NOW - 1 })), 'binding-invalid');
  const started = new Possession(() => NOW - 1);
  assert.equal(await code(started, await proof({ iat: NOW - 1 })), 'held');
});

test('a token is bound as the service wants it, and in no unknown way', async () => {
  const possession = new Possession(() => NOW);
  const free = { bound: false };
  const certificate = { bound: true, certificate: 'abc' };
  assert.equal(await code(possession, undefined, { claims: free }), 'held');
  assert.equal(await code(possession, undefined, { claims: free, binding: 'required' }), 'binding-missing');
  assert.equal(await code(possession, undefined, { claims: { bound: true, bindingUnknown: true } }), 'binding-missing');
  assert.equal(await code(possession, undefined, { claims: certificate }), 'binding-missing');
  assert.equal(await code(possession, undefined, { claims: certificate, certificate: 'abd' }), 'binding-invalid');
  assert.equal(await code(possession, undefined, { claims: certificate, certificate: 'abc' }), 'held');
});

test('one key that floods the memory of proofs shuts out itself', () => {
  const used = new UsedProofs();
  let taken = 0;
  while (used.take('flood', `f${taken}`, NOW, NOW + 61) === 'first') taken++;
  assert.equal(taken, 12_500);
  assert.equal(used.take('other', 'o', NOW, NOW + 61), 'first');
  assert.equal(used.take('other', 'o', NOW, NOW + 61), 'repeated');
  assert.equal(used.take('flood', 'later', NOW + 62, NOW + 123), 'first');
  // The clock goes back: what was forgotten does not come back.
  assert.equal(used.take('other', 'o', NOW, NOW + 61), 'unknown');
});
