// Behind the real Express and the real Fastify: what passes, and what each refusal is answered with.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { test } from 'node:test';
import express from 'express';
import fastify from 'fastify';
import { expressGuard, fastifyGuard, verifiedOf } from '../src/index.js';
import { expecting, honest, named, verifier } from './world.js';

const expect = expecting(honest);

const servers = {
  async Express(options) {
    const app = express();
    app.get('/open', (req, res) => res.send(verifiedOf(req).claims.sub));
    app.use(expressGuard(options));
    app.get('/inbox', (req, res) => res.send(verifiedOf(req).claims.sub));
    app.use((error, req, res, next) => void res.status(500).end(next ? 'failed' : ''));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
  },
  async Fastify(options) {
    const app = fastify();
    app.get('/open', async (request) => verifiedOf(request).claims.sub);
    app.register(async (guarded) => {
      guarded.addHook('onRequest', fastifyGuard(options));
      guarded.get('/inbox', async (request) => verifiedOf(request).claims.sub);
    });
    return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
  },
};

for (const [name, start] of Object.entries(servers)) {
  test(`${name} serves tokens that were issued, and no others`, async () => {
    const codes = [];
    const server = await start({ verifier: verifier(), expect, refused: (refusal) => codes.push(refusal.code) });
    const get = (path, authorization) => fetch(server.url + path, { headers: authorization ? { authorization } : {} });
    try {
      const good = await get('/inbox?a=1', `Bearer ${honest.token}`);
      assert.equal(good.status, 200);
      const { sub } = JSON.parse(Buffer.from(honest.token.split('.')[1], 'base64url'));
      assert.equal(await good.text(), sub);
      for (const vector of ['never-issued', 'edited', 'expired', 'dpop-proof-missing']) {
        const refused = await get('/inbox', `Bearer ${named(vector).token}`);
        assert.equal(refused.status, 401, vector);
        assert.match(refused.headers.get('www-authenticate'), /^Bearer .*error="invalid_token"$/);
        assert.equal(codes.pop(), named(vector).expect);
      }
      const bare = await get('/inbox');
      assert.equal(bare.status, 401);
      assert.doesNotMatch(bare.headers.get('www-authenticate'), /error/);
      const dpop = await get('/inbox', `DPoP ${named('dpop-proof-missing').token}`);
      assert.match(dpop.headers.get('www-authenticate'), /^DPoP algs="ES256 .*error="invalid_token"$/);
      // A route that stands before its guard serves nothing.
      assert.equal((await get('/open', `Bearer ${honest.token}`)).status, 500);
    } finally {
      await server.close();
    }
  });

  test(`${name} has proofs checked against the host of the service, whatever host the client names`, async () => {
    const seen = [];
    const verify = async (token, expected, request) => {
      seen.push([request.url, request.resource]);
      return { claims: { sub: 'ann' } };
    };
    const server = await start({ verifier: { verify }, expect, origin: 'https://mail.example' });
    const ask = async (path) => {
      const headers = { host: 'evil.example', authorization: 'DPoP token' };
      const [response] = await once(get({ port: new URL(server.url).port, host: '127.0.0.1', path, headers }), 'response');
      response.resume();
      return response.statusCode;
    };
    try {
      for (const path of ['/inbox?a=1', 'http://evil.example/inbox?a=1', 'HTTP://evil.example:1/inbox?a=1']) {
        assert.equal(await ask(path), 200, path);
        assert.deepEqual(seen.pop(), ['https://mail.example/inbox?a=1', '/inbox'], path);
      }
      for (const path of ['//evil.example/inbox', 'http://evil.example?/inbox', 'http://evil.example/@evil.example/inbox']) {
        await ask(path);
        assert.match(seen.pop()?.[0] ?? 'https://mail.example/', /^https:\/\/mail\.example\//, path);
      }
    } finally {
      await server.close();
    }
  });

  test(`${name} answers 503 while the authority stands still`, async () => {
    const away = (url, bytes) => (url.includes('/logs/keys/') ? bytes : Promise.reject(new Error('no answer')));
    const server = await start({ verifier: verifier(away), expect });
    try {
      const response = await fetch(`${server.url}/inbox`, { headers: { authorization: `Bearer ${honest.token}` } });
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '2');
    } finally {
      await server.close();
    }
  });
}
