// The real oidc-provider at a door that is told what to say; ServicesTest of this module has the real door.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { NotRecorded, RecordDoor, recordTokens } from '../src/record-door.js';

const clientKey = await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey);

const TOKEN = '{"access_token":"a.b.c","expires_in":300}';

async function door(answer, waitMs = 2000, token = (response) => response.end(TOKEN)) {
  const batches = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    if (request.url === '/token') return token(response);
    const body = Buffer.concat(parts);
    const digests = Array.from({ length: body.length / 32 }, (_, i) => body.subarray(32 * i, 32 * i + 32).toString('hex'));
    batches.push(digests);
    response.statusCode = answer(batches.length);
    response.end(JSON.stringify({ log: 'd1g1', positions: digests.map((_, i) => i) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const close = () => (server.closeAllConnections(), server.close());
  return { batches, close, door: new RecordDoor({ issuer, clientId: 'source', clientKey, waitMs }) };
}

const digest = (token) =>
  createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('hex');

test('tokens of one moment go in one request, and wait while the door is away', async () => {
  const { batches, close, door: asked } = await door((count) => (count === 1 ? 503 : 200));
  try {
    const places = await Promise.all(['a.b.1', 'a.c.2', 'a.d.3'].map((token) => asked.record(token)));
    assert.deepEqual(
      places,
      [0, 1, 2].map((position) => ({ log: 'd1g1', position })),
    );
    assert.deepEqual(batches, [['a.b.1', 'a.c.2', 'a.d.3'].map(digest), ['a.b.1', 'a.c.2', 'a.d.3'].map(digest)]);
  } finally {
    close();
  }
});

test('what the door does not take is not released', async () => {
  for (const status of [403, 400, 503]) {
    const { close, door: asked } = await door(() => status, 200);
    try {
      await assert.rejects(asked.record('a.b.c'), NotRecorded);
      await assert.rejects(asked.record('a.b.c.d.e'), ({ reason }) => /encrypted/.test(reason));
    } finally {
      close();
    }
  }
});

test('a token waits no longer for an issuer that is silent than for the door, and an answer has a limit', async () => {
  for (const token of [() => {}, (response) => response.end(`{"access_token":"a.b.c","x":"${'x'.repeat(64 * 1024)}"}`)]) {
    const { close, door: asked } = await door(() => 200, 200, token);
    try {
      const began = performance.now();
      await assert.rejects(asked.record('a.b.c'), NotRecorded);
      assert.ok(performance.now() - began < 2000);
    } finally {
      close();
    }
  }
});

test('oidc-provider records ID tokens and JWT access tokens, and no opaque ones', async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const provider = new Provider('http://127.0.0.1:1', {
    clients: [{ client_id: 'web', client_secret: 'for-this-test-only', redirect_uris: ['https://web.example/'] }],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'one' }] },
    cookies: { keys: ['for-this-test-only'] },
  });
  const recorded = [];
  let away = false;
  const stand = { record: async (token) => (away ? Promise.reject(new NotRecorded('away')) : recorded.push(token)) };
  recordTokens(provider, stand);
  const client = await provider.Client.find('web');
  const idToken = () => Object.assign(new provider.IdToken({ sub: 'ann' }, { client }), { scope: 'openid' });
  const issued = await idToken().issue({ use: 'idtoken' });
  assert.deepEqual(recorded, [issued]);
  const token = (format) => {
    const of = new provider.AccessToken({ client, accountId: 'ann', scope: 'mail', expiresIn: 60 });
    of.resourceServer = { audience: 'https://mail.example', accessTokenFormat: format, jwt: { sign: { alg: 'ES256' } } };
    return of.save();
  };
  const jwt = await token('jwt');
  assert.equal(jwt.split('.').length, 3);
  assert.deepEqual(recorded, [issued, jwt]);
  assert.ok(!(await token('opaque')).includes('.'));
  assert.equal(recorded.length, 2);
  away = true;
  await assert.rejects(token('jwt'), NotRecorded);
  await assert.rejects(idToken().issue({ use: 'idtoken' }), NotRecorded);
});
