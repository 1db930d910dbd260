// What the sixty lines say of every bundle of vectors/audit-bundle.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { check } from 'prettier';

const program = fileURLToPath(new URL('../src/sixty-lines.js', import.meta.url));
const vectors = new URL('../../../vectors/audit-bundle/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'sixty-lines'));
after(() => rmSync(folder, { recursive: true }));

const parts = (name) => {
  const text = readFileSync(new URL(name, vectors), 'utf8');
  const [, expect] = text.match(/^expect: (\w+)/m);
  const [, key, bundle] = text.match(/^--- key\n(.*?)\n.*?--- bundle\n(.*)$/ms);
  return { expect, key, bundle };
};
const file = join(folder, 'bundle');
let runs = 0;
// The program is a module without a function: each time it is read anew, in this process.
const run = async (bundle, key) => {
  writeFileSync(file, bundle);
  process.argv = [process.execPath, program, file, key];
  const said = mock.method(console, 'log', () => {});
  try {
    await import(`${pathToFileURL(program)}?${runs++}`);
    return { said: said.mock.calls.map(({ arguments: [line] }) => `${line}\n`).join('') };
  } catch (fault) {
    return { fault: String(fault) };
  } finally {
    said.mock.restore();
  }
};
const verdict = ({ said, fault }) => (fault ? 'refused' : said.includes('perhaps not all') ? 'proved' : 'complete');

// What its head says of these: a custodian's word is not checked, and what has been deleted is refused.
const OTHERWISE = {
  'deleted.txt': 'refused',
  'emptied.txt': 'refused', // nothing shows that the tenant has none: audit verify has exit code 1, too
  'held-by-another.txt': 'complete',
  'held-count-changed.txt': 'complete',
  'held-count-of-none.txt': 'complete',
  'held-counted-otherwise.txt': 'complete',
  'held-none-unproved.txt': 'complete',
  'held-nothing.txt': 'complete',
  'held-of-another-log.txt': 'complete',
  'held-of-another-tree.txt': 'complete',
  'held-statement-as-word.txt': 'complete',
  'held-twice.txt': 'complete',
};

test('each bundle gets its verdict from sixty lines, or the one that their head says', async () => {
  const seen = { complete: 0, proved: 0, refused: 0 };
  const names = readdirSync(vectors).filter((one) => one.endsWith('.txt'));
  for (const name of names) {
    const { expect, key, bundle } = parts(name);
    assert.equal(verdict(await run(bundle, key)), OTHERWISE[name] ?? expect, name);
    seen[expect] += name in OTHERWISE ? 0 : 1;
  }
  assert.ok(Object.keys(OTHERWISE).every((name) => names.includes(name)));
  assert.ok(seen.complete >= 5 && seen.proved >= 2 && seen.refused >= 30, JSON.stringify(seen));
});

test('it says what is proved, and from where on', async () => {
  const [whole, since, selection] = ['whole.txt', 'since.txt', 'selection.txt'].map(parts);
  const log = 'of counterfoil-monitor/audit.\n';
  const by = "Proved by the log's key:";
  assert.equal((await run(whole.bundle, whole.key)).said, `${by} 8 events, all that\ntrial/acme has from 0 to 12 ${log}`);
  assert.match((await run(since.bundle, since.key)).said, /^Proved by the log's key: \d events, all that\ntrial\/acme has from [1-9]\d* to 12 of/);
  assert.match((await run(selection.bundle, selection.key)).said, /: \d events, perhaps not all that\n/);
});

// Each would pass if a limit were left to the arithmetic.
test('what is no position, salt or count is refused', async () => {
  const { bundle, key } = parts('whole.txt');
  assert.equal(verdict(await run(bundle, key)), 'complete');
  const [line, position, salt, event] = bundle.match(/{"position":(\d+),"n":0,"salt":"(\w+)","event":(.*)}\n/);
  const hex = Buffer.from(event).toString('hex');
  const forged = event.replace('alice@', 'mallo@');
  assert.notEqual(forged, event);
  const changed = {
    'a salt that swallows its event': line.replace(salt, `${salt}${hex}-`).replace(event, forged),
    'a second event at one place': line + line.replace(`:${position},`, `:${position}.5,`).replace(event, forged),
    'an event behind the log': line + line.replace(`:${position},`, ':9007199254740991,'),
    'another line end': line.replace('}\n', ' }\n'),
  };
  for (const [what, lines] of Object.entries(changed)) {
    const { fault } = await run(bundle.replace(line, () => lines), key);
    assert.match(String(fault), /AssertionError/, what);
  }
  const { fault } = await run(bundle.replace(/"index":\d+/, '"index":9999'), key);
  assert.match(String(fault), /a count/);
});

test('a fault is an exit code', () => {
  const { bundle, key } = parts('whole.txt');
  const exit = (text) => {
    writeFileSync(file, text);
    return spawnSync(process.execPath, [program, file, key], { encoding: 'utf8' });
  };
  assert.deepEqual([exit(bundle).status, exit(bundle).stderr], [0, '']);
  assert.deepEqual([exit(bundle.replace('alice@', 'mallo@')).status, exit('').stdout], [1, '']);
});

test('they are sixty lines that can be read, and need nothing', async () => {
  const text = readFileSync(program, 'utf8');
  const lines = text.trimEnd().split('\n');
  assert.ok(lines.length <= 60, `${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => line.length > 100), []);
  assert.ok(await check(text, { parser: 'babel', printWidth: 100, singleQuote: true }), 'not as prettier formats it');
  assert.ok([...text.matchAll(/ from '(.*)';/g)].every(([, from]) => from.startsWith('node:')));
});
