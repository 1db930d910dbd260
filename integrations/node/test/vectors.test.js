// Every token of vectors/tokens gets its code, asked in any order, and twice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Verifier } from '../src/index.js';
import { fetchBytes, guarded } from '../src/reading.js';
import { cases, honest, outcome, verifier, world } from './world.js';

test('each vector gets its code', async (t) => {
  const asked = verifier();
  assert.ok(cases.length > 100);
  for (const [name, vector] of [...cases, ...cases.toReversed()]) {
    await t.test(name, async () => assert.equal(await outcome(asked, vector), vector.expect, vector.comment));
  }
});

// What is read is believed only as far as it is signed.
const flipped = (part) => (url, bytes) => {
  if (!bytes || !url.includes(part)) return bytes;
  const changed = Buffer.from(bytes);
  changed[Math.floor(changed.length / 2)] ^= 1;
  return changed;
};

test('what lies between is believed only as far as it is signed', async () => {
  assert.equal(await outcome(verifier(), honest), 'verified');
  for (const [part, code] of [
    ['enterprise/logs/keys/checkpoint', 'keys-unavailable'],
    ['enterprise/logs/keys/tile/entries', 'keys-unavailable'],
    ['logs/s1g1/checkpoint', 'proof-unavailable'],
    ['logs/s1g1/tile/0/', 'proof-unavailable'],
  ]) {
    assert.equal(await outcome(verifier(flipped(part)), honest), code, part);
  }
});

test('keys are as fresh as the head of the key log says', async () => {
  const at = (seconds) =>
    new Verifier({
      policy: world.policy,
      now: () => Date.parse(world.now) / 1000 + seconds,
      read: async (url) => Buffer.from(world.reads[url], 'base64'),
    });
  assert.equal(await outcome(at(290), honest), 'verified');
  assert.equal(await outcome(at(310), honest), 'keys-stale');
});

test('expectations cannot be left out', async () => {
  await assert.rejects(verifier().verify(honest.token, { audience: honest.audience, tenants: ['*'] }), TypeError);
});

test('a body without an end is not read to it', async () => {
  let sent = 0;
  const server = createServer((request, response) => {
    if (request.url === '/short') return response.end('head');
    const more = () => {
      while (!response.destroyed) {
        const part = Buffer.alloc(64 * 1024);
        sent += part.length;
        if (!response.write(part)) return;
      }
    };
    response.on('drain', more);
    more();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  try {
    assert.equal(String(await fetchBytes(`${url}/short`)), 'head');
    await assert.rejects(fetchBytes(`${url}/endless`), /longer than/);
    await assert.rejects(guarded(fetchBytes)(`${url}/short`, 3), /longer than 3/);
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
