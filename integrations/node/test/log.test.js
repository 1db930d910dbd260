// What is seen of a log: proofs that clients send, histories that do not fit, and an authority that stands still.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { leafHash, parseVkey, leafAndRoot, rootByPath, rootOf, sha256 } from '../src/log.js';
import { leafOf, LogView, parseProof, requireProof } from '../src/log-view.js';
import { guarded } from '../src/reading.js';
import { Refusal } from '../src/strict.js';
import { honest, named, outcome, verifier, world } from './world.js';

const PREFIX = 'https://login.example/enterprise/logs/s1g1/';
const tileUrls = Object.keys(world.reads)
  .filter((url) => url.startsWith(`${PREFIX}tile/0/`))
  .sort();
const data = Buffer.concat(tileUrls.map((url) => Buffer.from(world.reads[url], 'base64')));
const leaves = Array.from({ length: data.length / 32 }, (_, i) => data.subarray(32 * i, 32 * i + 32));

/** RFC 6962 2.1.1, as it stands there. */
function pathOf(list, position) {
  if (list.length === 1) return [];
  let half = 1;
  while (half * 2 < list.length) half *= 2;
  return position < half
    ? [...pathOf(list.slice(0, half), position), rootOf(list.slice(half))]
    : [...pathOf(list.slice(half), position - half), rootOf(list.slice(0, half))];
}

function proofFor(token) {
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  const position = Number(jti.split('.')[1]);
  const hashes = pathOf(leaves, position).map((hash) => `${hash.toString('base64')}\n`);
  const note = Buffer.from(world.reads[`${PREFIX}checkpoint`], 'base64');
  return `c2sp.org/tlog-proof@v1\nindex ${position}\n${hashes.join('')}\n${note}`;
}
const header = (proof) => Buffer.from(proof).toString('base64url');

test('each proof gets its verdict', () => {
  const folder = new URL('../../../vectors/proofs/', import.meta.url);
  const seen = {};
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
    const form = /^comment: (.*?)\nexpect: (.*?)\nsigning-input: (.*?)\n--- policy\n([^]*?)--- proof\n([^]*)$/;
    const [, comment, expect, input, policy, proof] = form.exec(readFileSync(new URL(name, folder), 'utf8'));
    // Policies with witnesses are refused at the start.
    if (policy.includes('\nwitness ')) continue;
    let said;
    try {
      const parsed = parseProof(proof);
      const key = parseVkey(policy.split('\n')[0].slice('log '.length));
      said = `proved at ${parsed.index} of ${requireProof(parsed, key, parsed.index, leafOf(sha256(input))).size}`;
    } catch (e) {
      said = e instanceof Refusal ? 'not proved' : 'malformed';
    }
    assert.equal(said, expect, `${name}: ${comment}`);
    seen[said.split(' ')[0]] = (seen[said.split(' ')[0]] ?? 0) + 1;
  }
  assert.ok(seen.proved >= 4 && seen.not >= 8 && seen.malformed >= 5, JSON.stringify(seen));
});

test('a proof that the client sends stands in for the log', async () => {
  const keyLogAlone = (url, bytes) => (url.includes('/logs/keys/') ? bytes : undefined);
  const good = proofFor(honest.token);
  const other = named('honest-signed-again').token;
  const table = [
    [header(good), 'verified'],
    [`${header(good)}=`, 'proof-malformed'],
    ['A'.repeat(16 * 1024 + 4), 'proof-malformed'],
    [header(proofFor(named('honest-skew').token)), 'proof-mismatch'],
    [header(good.replace('login.example', 'lagin.example')), 'proof-log'],
    [header(good.replace(good.split('\n')[2], Buffer.alloc(32).toString('base64'))), 'proof-mismatch'],
  ];
  for (const [proof, code] of table) {
    const asked = verifier(keyLogAlone, { stapling: 'accepted' });
    assert.equal(await outcome(asked, honest, { proof }), code, proof.slice(0, 40));
  }
  const required = verifier(undefined, { stapling: 'required' });
  assert.equal(await outcome(required, honest), 'proof-missing');
  assert.equal(await outcome(required, honest, { proof: header(good) }), 'verified');
  assert.equal(await outcome(verifier(keyLogAlone, { stapling: 'accepted' }), honest), 'proof-unavailable');
  assert.ok(other);
});

test('without tiles the authority is asked for the proof of this one token', async () => {
  const online = (proof) => (url, bytes) => {
    if (url.startsWith(`${PREFIX}tile/`)) return undefined;
    return url.startsWith(`${PREFIX}proof/`) ? Buffer.from(proof) : bytes;
  };
  assert.equal(await outcome(verifier(online(proofFor(honest.token))), honest), 'verified');
  assert.equal(await outcome(verifier(online(proofFor(honest.token))), named('never-issued')), 'proof-unavailable');
});

test('every path of every tree', async () => {
  const all = Array.from({ length: 40 }, (_, i) => leafHash(Buffer.from([i])));
  for (let size = 1; size <= all.length; size++) {
    const tile = async () => Buffer.concat(all.slice(0, size));
    for (let position = 0; position < size; position++) {
      const path = pathOf(all.slice(0, size), position);
      assert.deepEqual(rootByPath(all[position], position, size, path), rootOf(all.slice(0, size)));
      assert.equal(rootByPath(all[position], position, size, [...path, all[0]]), undefined);
      if (path.length > 0) assert.equal(rootByPath(all[position], position, size, path.slice(1)), undefined);
      const found = await leafAndRoot(tile, size, position);
      assert.deepEqual(found.root, rootOf(all.slice(0, size)));
      assert.deepEqual(found.before, rootOf(all.slice(0, position + 1)));
    }
  }
});

test('two histories of a log are found, and nothing of it counts from then on', async () => {
  const asked = verifier(undefined, { stapling: 'accepted' });
  assert.equal(await outcome(asked, honest), 'verified');
  const checkpoint = Buffer.from(world.reads[`${PREFIX}checkpoint`], 'base64');
  const key = parseVkey(vkeyOf());
  const log = { url: PREFIX.slice(0, -1), key };
  const view = new LogView(async (url) => {
    if (url.endsWith('checkpoint')) return checkpoint;
    return Buffer.from(world.reads[url], 'base64');
  }, 40);
  await view.requireIssued(log, 0, leaves[0]);
  const then = view.newest();
  assert.equal(then.size, leaves.length);
  // A log that showed another tree of 300 entries before.
  await view.requireExtends(log, { size: 300, root: rootOf(leaves.slice(0, 300)) }, then);
  await assert.rejects(view.requireExtends(log, { size: 300, root: Buffer.alloc(32) }, then), { code: 'log-forked' });
  await assert.rejects(view.requireIssued(log, 0, leaves[0]), { code: 'log-forked' });
  assert.equal(view.heads().length, 2);
});

/** The key of the log, as the key log of the vectors states it. */
function vkeyOf() {
  for (const [url, body] of Object.entries(world.reads)) {
    if (!url.includes('/logs/keys/tile/entries')) continue;
    for (const part of Buffer.from(body, 'base64').toString('latin1').split('.')) {
      const found = /"vkey":"([^"]*\/enterprise\/logs\/s1g1\+[^"]*)"/.exec(Buffer.from(part, 'base64url').toString('utf8'));
      if (found) return found[1];
    }
  }
  throw new Error('the key log states no s1g1');
}

test('an authority that stands still is asked by one read every two seconds', async () => {
  let [asked, time, away] = [0, 0, true];
  const read = guarded(
    async () => {
      asked++;
      if (away) throw new Error('no answer');
      return Buffer.of(1);
    },
    () => time,
  );
  for (let i = 0; i < 10; i++) await assert.rejects(read('u'));
  assert.equal(asked, 2);
  time = 2001;
  for (let i = 0; i < 10; i++) await assert.rejects(read('u'));
  assert.equal(asked, 3);
  [time, away] = [4002, false];
  for (let i = 0; i < 10; i++) assert.deepEqual(await read('u'), Buffer.of(1));
  // What is answered, if with 404, is no silence.
  const missing = guarded(async () => Promise.reject(Object.assign(new Error('status 404'), { status: 404 })));
  for (let i = 0; i < 10; i++) await assert.rejects(missing('u'), /404/);
});
