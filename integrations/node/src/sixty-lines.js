// Checks the events of an audit bundle offline, from spec/audit-bundle.md and with Node alone, and
// says what that proves: node sixty-lines.js FILE LOG-VKEY. Any fault is an error: exit code 1. Not
// checked: issued tokens, custodians' words, whose key it is. Refused: bundles of deleted events.
import assert from 'node:assert/strict';
import { createHash, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
const [file, vkey] = process.argv.slice(2);
const [top, ...lines] = readFileSync(file, 'utf8').split('\n{"issued":')[0].trimEnd().split('\n');
const { domain, tenant, query, checkpoint, counts, since } = JSON.parse(top);
const x = Buffer.from(vkey.split(/\+\w{8}\+/)[1], 'base64').toString('base64url', 1);
const key = { format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } };
const hex = (text, from = 'base64') => Buffer.from(text, from).toString('hex');
const sha256 = (...parts) => createHash('sha256').update(parts.join(''), 'hex').digest('hex');
// RFC 6962 2.1: from the leaves that are shown and, left to right, the hashes of what is between.
function root(size, proof, shown = [], from = 0) {
  const here = shown.filter(([at, leaf]) => at < from + size && (leaf ? at >= from : at > from));
  const half = 2 ** (Math.ceil(Math.log2(size)) - 1);
  if (here.length === 0 && size === 2 * half) return hex(proof.shift() ?? '');
  if (size === 1) return here[0][1];
  return sha256('01', root(half, proof, here, from), root(size - half, proof, here, from + half));
}
const proves = (log, proof, shown) => root(log.size, proof, shown) === log.root && !proof.length;
const NOTE = /^((.+)\n(\d+)\n(.+)\n(?:counterfoil-custody\/v1 (\d+) (.+)\n)?)\n([^]+)$/;
function signed(note) {
  const [, text, origin, size, hash, leaves, tree = '', signatures] = note.match(NOTE);
  const found = signatures.match(/\S+$/gm).map((line) => Buffer.from(line, 'base64').subarray(4));
  const good = found.some((signature) => verify(null, Buffer.from(text), key, signature));
  assert(good && vkey.startsWith(`${origin}+`), 'a note is not signed by the key');
  return { size: Number(size), root: hex(hash), tree: { size: Number(leaves), root: hex(tree) } };
}
function stated({ statement, count, salt, index, proof }) {
  const { tree, ...log } = signed(statement);
  const entry = [hex(salt), count.toString(16).padStart(16, 0), hex(`${domain}/${tenant}`, 'utf8')];
  const isCount = Number.isSafeInteger(count) && count >= 0 && entry[0].length === 64;
  assert(isCount && index >= 0 && index < tree.size, 'a count is none');
  assert(proves(tree, proof, [[index, sha256('00', ...entry)]]), 'a count is not the stated one');
  return { ...log, count };
}
const [log, total] = [signed(checkpoint), stated(counts)];
assert(total.size === log.size && total.root === log.root, 'the counts are of another state');
const before = since ? stated(since) : { size: 0, count: 0 };
assert(!since || root(before.size, [...since.log]) === before.root, 'the state before is another');
assert(!since || proves(log, since.log, [[before.size]]), 'the log does not go on from there');
let [last, events, shown] = [before.size - 1, 0, []];
for (const line of lines.slice(0, -1)) {
  const { position: at, salt, event, proof } = JSON.parse(line);
  if (proof && proves(log, proof, shown.splice(0))) continue;
  const follows = Number.isInteger(at) && at > last && at < log.size && /^[\da-f]{32}$/.test(salt);
  assert(follows, `behind ${last}: no proof, no position that follows, or no event`);
  const { tenant_uid: owner, reporter } = event.metadata;
  assert(owner === tenant && reporter.uid.startsWith(`${domain}/`), `event ${at} is another's`);
  const digest = sha256('01', salt, hex(line.slice(line.indexOf(',"event":') + 9, -1), 'utf8'));
  shown.push([(last = at), sha256('0001', digest)]);
  events += 1;
}
assert.deepEqual([JSON.parse(lines.at(-1)), shown], [{ end: true, events }, []], 'it breaks off');
const all = Object.keys(query).length === 0;
assert(!all || before.count + events === total.count, 'an event is missing');
console.log(`Proved by the log's key: ${events} events, ${all ? 'all' : 'perhaps not all'} that`);
console.log(`${domain}/${tenant} has from ${before.size} to ${log.size} of ${vkey.split('+')[0]}.`);
