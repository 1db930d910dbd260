// The vectors of vectors/keylog about the audit log, revocation logs and attached issuers: each last entry is taken, or refused.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errors } from 'jose';
import { parsePolicy, replay } from '../src/keylog.js';
import { FormatError } from '../src/strict.js';

const folder = new URL('../../../vectors/keylog/', import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => /^(audit-log|group-revoked|revocation-log|.*attached)/.test(name))
  .map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]);
// No head is read here; the policy names the key log for its origin.
const { policy } = JSON.parse(readFileSync(new URL('../../../vectors/tokens/world.json', import.meta.url), 'utf8'));
const [pinned] = policy.match(/^log .*$/m);
const state = (vector, entries) => replay(parsePolicy(`${vector.policy}${pinned}\n`), entries);
// A defect, such as a TypeError, is no refusal.
const refused = (error) => {
  if (!(error instanceof FormatError || error instanceof errors.JOSEError) && error?.constructor !== Error) throw error;
  return 'refused';
};
const entriesOf = (vector) => vector.entries.map((entry) => Buffer.from(entry, 'base64'));

test('each audit log, revocation log and attached issuer is taken or refused', async () => {
  const seen = { taken: 0, refused: 0 };
  for (const [name, vector] of vectors) {
    const entries = entriesOf(vector);
    await state(vector, entries.slice(0, -1));
    const outcome = await state(vector, entries).then(
      () => 'taken',
      refused,
    );
    assert.equal(outcome, vector.expect === 'taken' ? 'taken' : 'refused', `${name}: ${vector.comment}`);
    seen[outcome]++;
  }
  assert.ok(seen.taken >= 12 && seen.refused >= 28, JSON.stringify(seen));
});

test('what an audit log signed counts up to its end', async () => {
  const of = async (name) => {
    const vector = vectors.find(([one]) => one === `${name}.json`)[1];
    const keyLog = await state(vector, entriesOf(vector));
    const { text } = keyLog.auditLogs.get('counterfoil-monitor/audit').key;
    return (size) => keyLog.auditLogFault(text, size);
  };
  assert.equal((await of('audit-log'))(1_000), undefined);
  assert.equal((await of('audit-log-ended'))(90), undefined);
  assert.match((await of('audit-log-ended'))(91), /ended at size 90/);
  assert.match((await of('audit-log-withdrawn'))(0), /withdrawn/);
});

test('of two revocations of a group the later time counts, and others are not touched', async () => {
  const vector = vectors.find(([one]) => one === 'group-revoked.json')[1];
  const entries = entriesOf(vector);
  const last = JSON.parse(entries.at(-1).toString());
  const { group, before } = last;
  const again = (change) => Buffer.from(JSON.stringify({ ...last, ...change }));
  const other = 'B'.repeat(21) + 'A';
  const timeOf = async (...more) => (await state(vector, [...entries, ...more])).revokedGroups.get(group);
  assert.equal(await timeOf(), before);
  assert.equal(await timeOf(again({ before: before + 60 })), before + 60);
  assert.equal(await timeOf(again({ before: before - 60 })), before);
  assert.equal(await timeOf(again({ before: before + 60, group: other })), before);
  assert.equal((await state(vector, entries)).revokedGroups.get(other), undefined);
  for (const change of [{ group: `${group}A` }, { group: 'B'.repeat(22) }, { group: 7 }, { before: 'now' }, { more: 1 }]) {
    assert.equal(await timeOf(again(change)).then(() => 'taken', refused), 'refused', JSON.stringify(change));
  }
});
