// Every bundle of vectors/audit-bundle gets its verdict.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check } from '../src/audit-bundle.js';
import { checkIssued } from '../src/audit-issued.js';
import { checkFromPolicy } from '../src/audit-policy.js';
import { FormatError } from '../src/strict.js';

const folder = new URL('../../../vectors/audit-bundle/', import.meta.url);
// A defect, such as a TypeError, is no refusal.
const refused = (error) => {
  if (!(error instanceof FormatError) && error?.constructor !== Error) throw error;
  return 'refused';
};
const verdict = (...asked) => {
  try {
    return check(...asked);
  } catch (error) {
    return refused(error);
  }
};

test('each bundle gets its verdict', () => {
  const seen = {};
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.txt'))) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const [, expect] = text.match(/^expect: (.*)/m);
    const [, key, custodian, bundle] = text.match(/^--- key\n(.*?)\n(?:--- custodian\n(.*?)\n)?--- bundle\n(.*)$/ms);
    assert.equal(verdict(bundle, key, custodian ? [custodian] : []), expect, name);
    const [kind] = expect.split(/[, ]/);
    seen[kind] = (seen[kind] ?? 0) + 1;
  }
  assert.ok(seen.complete >= 3 && seen.proved >= 1 && seen.refused >= 10, JSON.stringify(seen));
});

test('a policy alone says whose key an audit log has', async () => {
  const exports = new URL('../../../vectors/audit-policy/', import.meta.url);
  const seen = { complete: 0, refused: 0 };
  for (const name of readdirSync(exports).filter((one) => one.endsWith('.txt'))) {
    const text = readFileSync(new URL(name, exports), 'utf8');
    const [, expect] = text.match(/^expect: (\w+)/m);
    const [, policy, bundle] = text.match(/^--- policy\n(.*)--- bundle\n(.*)$/ms);
    assert.equal(await checkFromPolicy(bundle, policy).catch(refused), expect, name);
    seen[expect]++;
  }
  assert.ok(seen.complete >= 5 && seen.refused >= 8, JSON.stringify(seen));
});

test('issued tokens get their verdict from the policy and the custodian', async () => {
  const exports = new URL('../../../vectors/audit-issued/', import.meta.url);
  const seen = { complete: 0, proved: 0, refused: 0 };
  for (const name of readdirSync(exports).filter((one) => one.endsWith('.txt'))) {
    const text = readFileSync(new URL(name, exports), 'utf8');
    const [, expect] = text.match(/^expect: (.*)/m);
    const [, policy, custodian, bundle] = text.match(/^--- policy\n(.*)--- custodian\n(.*?)\n--- bundle\n(.*)$/ms);
    assert.equal(await checkIssued(bundle, policy, custodian).catch(refused), expect, name);
    seen[expect.split(' ', 1)]++;
  }
  assert.ok(seen.complete >= 4 && seen.proved >= 2 && seen.refused >= 12, JSON.stringify(seen));
});

// Of a text + would join the digits: one before and two here would make the twelve that are stated.
test('a count is a number', async () => {
  const part = (name, of) => {
    const text = readFileSync(new URL(`../../../vectors/${of}/${name}`, import.meta.url), 'utf8');
    return (after, upTo) => text.slice(text.indexOf(after) + after.length, upTo && text.indexOf(upTo));
  };
  const held = part('held.txt', 'audit-bundle');
  const [key, custodian] = [held('--- key\n', '\n--- custodian'), held('--- custodian\n', '\n--- bundle')];
  const bundle = held('--- bundle\n');
  assert.match(check(bundle, key, [custodian]), /counted/);
  assert.throws(() => check(bundle.replaceAll(/"count":(\d+)/g, '"count":"$1"'), key, [custodian]), /a count is no number/);
  const goesOn = part('goes-on.txt', 'audit-issued');
  const [policy, by] = [goesOn('--- policy\n', '--- custodian'), goesOn('--- custodian\n', '\n--- bundle')];
  const tokens = goesOn('--- bundle\n');
  assert.equal(await checkIssued(tokens, policy, by), 'complete from s1g1.3 on');
  await assert.rejects(checkIssued(tokens.replaceAll(/"count":(\d+)/g, '"count":"$1"'), policy, by), /a count is no number/);
  await assert.rejects(checkIssued(tokens.replace(/"from":(\d+)/, '"from":"$1"'), policy, by), /a position is no number/);
});

test('a word on issued tokens is no older than the events before it', async () => {
  const text = readFileSync(new URL('../../../vectors/audit-issued/nothing.txt', import.meta.url), 'utf8');
  const [, policy, custodian, bundle] = text.match(/^--- policy\n(.*)--- custodian\n(.*?)\n--- bundle\n(.*)$/ms);
  const [, said] = JSON.parse(bundle.match(/^{"nothing":.*$/m)[0]).nothing.match(/^— \S+ (\S+)$/m);
  const at = Number(Buffer.from(said, 'base64').readBigUInt64BE(4)) * 1000;
  const behind = (time) => bundle.replace('\n{"issued":', `\n{"position":0,"event":{"time":${time}}}\n{"issued":`);
  assert.equal(await checkIssued(behind(at + 720_000), policy, custodian), 'complete');
  await assert.rejects(checkIssued(behind(at + 720_001), policy, custodian), /older than the events/);
});
