// Sightings and acknowledgements, as they leave; the real monitor takes them in ServicesTest of this module.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { SightingReporter } from '../src/index.js';
import { cases, honest, named, now, outcome, verifier } from './world.js';

const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const clientKey = await exportJWK(privateKey);

/** An issuer and a monitor that answer as they are told, and keep what was sent. */
async function taker(answer = () => 202) {
  const sent = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    if (request.url === '/token') return response.end(JSON.stringify({ access_token: 'a.b.c', expires_in: 300 }));
    const batch = JSON.parse(body);
    sent.push({ path: request.url, body, batch, authorization: request.headers.authorization });
    response.statusCode = answer(request.url, batch, sent);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const reporter = new SightingReporter({ monitor: url, issuer: url, clientId: 'mail', clientKey, log: () => {} });
  return { sent, reporter, close: () => (server.closeAllConnections(), server.close()) };
}

test('the first sight of a token and every refusal are reported, and forged tokens whole', async () => {
  const { sent, reporter, close } = await taker();
  try {
    const asked = verifier(undefined, { sightings: reporter });
    for (const vector of [honest, honest, named('never-issued'), named('expired'), named('edited'), named('one-part')]) {
      await outcome(asked, vector, { method: 'GET', resource: 'in\nbox', clientAddress: '192.0.2.1' });
    }
    await reporter.close();
    const batches = sent.filter(({ path }) => path === '/sightings');
    assert.ok(batches.every(({ authorization }) => authorization === 'Bearer a.b.c'));
    const said = batches.flatMap(({ batch }) => batch.sightings).map((s) => [s.outcome, s]);
    assert.equal(said.length, 5);
    const sightings = Object.fromEntries(said);
    assert.deepEqual(said.map(([outcome, { evidence, signed }]) => [outcome, Boolean(evidence), signed]).sort(), [
      ['accepted', false, undefined],
      ['expired', false, true],
      ['malformed', false, undefined],
      ['never-issued', true, undefined],
      ['signature', false, undefined],
    ]);
    const { 'never-issued': forged, accepted } = sightings;
    assert.equal(forged.evidence, named('never-issued').token);
    assert.equal(accepted.resource, 'in\ufffdbox');
    assert.equal(accepted.seen_at_ms, now * 1000);
    assert.equal(accepted.grade, 'digest');
  } finally {
    close();
  }
});

test('no honest token leaves whole', async () => {
  const { sent, reporter, close } = await taker();
  try {
    const asked = verifier(undefined, { sightings: reporter });
    const refused = { ...honest, audience: 'https://other.example' };
    for (const vector of [honest, refused, named('token-revoked'), named('key-withdrawn')]) await outcome(asked, vector);
    await reporter.close();
    const sightings = sent.flatMap(({ batch }) => batch.sightings ?? []);
    assert.equal(sightings.length, 4);
    assert.ok(sightings.every(({ evidence }) => evidence === undefined));
    assert.ok(sightings.some(({ outcome: said, signed }) => said === 'audience' && signed));
  } finally {
    close();
  }
});

test('a batch is sent again as it was, and in halves when it is refused for good', async () => {
  const answers = [503, 413, 202, 400, 202];
  const { sent, reporter, close } = await taker(() => answers.shift() ?? 202);
  try {
    for (const outcome of ['expired', 'audience', 'tenant']) reporter.report({ outcome, count: 1 });
    const closing = (async () => {
      while (answers.length > 0 || sent.length < 6) await new Promise((resolve) => setImmediate(resolve));
      await reporter.close();
    })();
    await closing;
    assert.equal(sent[0].body, sent[1].body);
    assert.deepEqual(
      sent.map(({ batch }) => batch.sightings.map(({ outcome }) => outcome).join()),
      ['expired,audience,tenant', 'expired,audience,tenant', 'expired', 'audience,tenant', 'audience', 'tenant'],
    );
    // The number of a batch that was refused goes to another: the monitor misses none.
    assert.deepEqual(
      sent.slice(2).map(({ batch }) => batch.sequence - sent[0].batch.sequence),
      [0, 1, 1, 2],
    );
  } finally {
    close();
  }
});

test('forged ones go first', async () => {
  const { sent, reporter, close } = await taker();
  try {
    for (const outcome of ['accepted', 'expired']) reporter.report({ outcome, count: 1 });
    reporter.report({ outcome: 'never-issued', evidence: 'a.b.c', count: 1 });
    await reporter.close();
    assert.deepEqual(
      sent[0].batch.sightings.map(({ outcome }) => outcome),
      ['never-issued', 'accepted', 'expired'],
    );
  } finally {
    close();
  }
});

test('what waits has a limit, and what is lost is counted', async () => {
  const { reporter, close } = await taker();
  try {
    for (let i = 0; i < 20_000; i++) reporter.report({ outcome: 'expired', count: 1 });
    assert.equal(reporter.lost, 20_000 - 8192);
    reporter.report({ outcome: 'never-issued', evidence: 'a.b.c', count: 1 });
    assert.equal(reporter.lost, 20_000 - 8192);
  } finally {
    close();
  }
});

test('an acknowledgement says which keys are taken, and that the process leaves', async () => {
  const { sent, reporter, close } = await taker();
  try {
    let holds;
    reporter.follow = (given) => (holds = given);
    const asked = verifier(undefined, { sightings: reporter });
    assert.equal(await outcome(asked, honest), 'verified');
    const said = await holds();
    assert.ok(said.keys.length >= 2);
    assert.ok(cases.some(([, { expect }]) => expect === 'key-withdrawn'));
    const withdrawn = JSON.parse(Buffer.from(named('key-withdrawn').token.split('.')[0], 'base64url')).kid;
    assert.ok(!said.keys.includes(withdrawn));
    assert.deepEqual(said.services, [honest.audience]);
    assert.equal(said.logs[0].name, 's1g1');
    assert.equal(sent.length, 0);
    await reporter.close();
  } finally {
    close();
  }
});
