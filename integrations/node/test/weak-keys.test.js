// The vectors of vectors/public-keys: each key is taken, or refused because others sign under it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseVkey } from '../src/log.js';
import { FormatError } from '../src/strict.js';
import { requireOwned, requireOwnedEd25519, requireOwnedMlDsa44 } from '../src/weak-keys.js';

const folder = new URL('../../../vectors/public-keys/', import.meta.url);

function read(kind, key) {
  if (kind === 'jwk') return requireOwned(JSON.parse(key));
  if (kind === 'vkey') return parseVkey(key);
  // This reader follows no cosigners: of their keys it checks the bytes.
  const typed = Buffer.from(key.match(/^[^+]+\+[0-9a-f]{8}\+(.+)$/)[1], 'base64');
  return typed[0] === 6 ? requireOwnedMlDsa44(typed.subarray(1)) : requireOwnedEd25519(typed.subarray(1));
}

test('the list of known keys is the one of the specification', () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
  assert.equal(read('../src/known-keys.txt'), read('../../../spec/known-keys.txt'));
});

test('each key is taken or refused', () => {
  const seen = { taken: 0, refused: 0 };
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
    const [, comment, expect, kind, key] = readFileSync(new URL(name, folder), 'utf8').match(
      /^comment: (.*)\nexpect: (taken|refused)\n([a-z-]+): (.*)\n$/,
    );
    let outcome = 'taken';
    try {
      read(kind, key);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      outcome = 'refused';
    }
    assert.equal(outcome, expect, `${name}: ${comment}`);
    seen[outcome]++;
  }
  assert.ok(seen.taken >= 9 && seen.refused >= 80, JSON.stringify(seen));
});
