// Checks an audit bundle (spec/audit-bundle.md), with nothing but Node: node audit-bundle.js FILE VKEY
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
const must = (good, why) => { if (!good) throw new Error(why); };
const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const b64 = (text) => Buffer.from(text, 'base64');
const node = (left, right) => sha(Buffer.of(1), left, right);
function note(text, vkey) { // c2sp.org/signed-note and tlog-checkpoint
  const [, name, id, key] = vkey.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/);
  const at = text.lastIndexOf('\n\n') + 1;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: b64(key).subarray(1).toString('base64url') };
  const good = (line) => verify(null, Buffer.from(text.slice(0, at)), createPublicKey({ key: jwk, format: 'jwk' }), line.subarray(4));
  const ours = text.slice(at + 1).split('\n').filter((line) => line.startsWith(`— ${name} `)).map((line) => b64(line.split(' ')[2]));
  const [origin, size, root, extension] = text.slice(0, at).split('\n');
  must(origin === name && ours.some((line) => line.subarray(0, 4).toString('hex') === id && good(line)), 'not signed by the key');
  return { size: Number(size), root: b64(root), extension };
}
function walk(at, last, path, step) { // RFC 9162 2.1.3.2 and 2.1.4.2
  for (const hash of path.map(b64)) {
    must(last > 0, 'a path is too long');
    const fromLeft = at % 2 === 1 || at === last;
    step(hash, fromLeft);
    while (fromLeft && at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  must(last === 0, 'a path is too short');
}
function inside(hash, index, { size, root }, path, why) {
  walk(index, size - 1, path, (next, fromLeft) => { hash = fromLeft ? node(next, hash) : node(hash, next); });
  must(index < size && hash.equals(root), why);
}
function goesOn(old, now, path) {
  const steps = Number.isInteger(Math.log2(old.size)) ? [old.root.toString('base64'), ...path] : path;
  let [at, last, before, after] = [old.size - 1, now.size - 1, b64(steps[0]), b64(steps[0])];
  while (at % 2) [at, last] = [(at - 1) / 2, Math.floor(last / 2)];
  walk(at, last, steps.slice(1), (next, fromLeft) => {
    [before, after] = fromLeft ? [node(next, before), node(next, after)] : [before, node(after, next)];
  });
  must(before.equals(old.root) && after.equals(now.root), 'the log does not go on');
}
function stated(counts, name, vkey) { // how many events the key says that the tenant has
  const said = note(counts.statement, vkey);
  const [, leaves, root] = said.extension.match(/^counterfoil-custody\/v1 (\d+) (\S+)$/);
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(counts.count));
  const tree = { size: Number(leaves), root: b64(root) };
  if (counts.count > 0) inside(sha(Buffer.of(0), b64(counts.salt), count, Buffer.from(name)), counts.index, tree, counts.path, 'not the stated count');
  return { ...said, count: counts.count };
}
export function check(text, vkey) {
  const [header, ...lines] = text.replace(/\n$/, '').split('\n').map((line) => JSON.parse(line));
  const [end, log, name] = [lines.pop(), note(header.checkpoint, vkey), `${header.domain}/${header.tenant}`];
  const [total, since] = [stated(header.counts, name, vkey), header.since ? stated(header.since, name, vkey) : { size: 0, count: 0 }];
  must(total.size === log.size && total.root.equals(log.root), 'the counts are of another state');
  if (header.since) goesOn(since, log, header.since.consistency);
  const [whole, gone, deleted] = [Object.keys(header.query).length === 0, [], []];
  let [last, n] = [since.size - 1, since.count];
  for (const line of lines) {
    must(line.position > last && line.position < log.size && (line.event || whole), 'a position does not follow');
    must(!whole || line.n === n++, `event number ${n - 1} is missing between ${last} and ${line.position}`);
    last = line.position;
    const digest = line.event ? sha(Buffer.of(1), Buffer.from(line.salt, 'hex'), Buffer.from(line.event)) : b64(line.digest);
    inside(sha(Buffer.of(0, 1), digest), last, log, line.path, `event ${last} is not what the log holds`);
    const event = line.event && JSON.parse(line.event);
    if (!event) { gone.push(last); continue; }
    const [, domain, client] = event.metadata.reporter.uid.match(/^([^/]*)\/(.*)$/);
    must(event.metadata.tenant_uid === header.tenant && domain === header.domain, `event ${last} is another's`);
    if (client === '@auditor' && event.api?.operation === 'audit.delete') deleted.push(event.deleted_positions);
  }
  for (const at of gone) must(deleted.some(({ first, last: to }) => first <= at && at <= to), `nobody says that ${at} was deleted`);
  must(end.end === true && end.events === lines.length - gone.length && (end.deleted ?? 0) === gone.length, 'another number of events');
  must(!whole || n === total.count, `${total.count - n} events are missing behind ${last}`);
  return whole ? 'complete' : 'proved';
}
if (process.argv[1]?.endsWith('audit-bundle.js')) console.log(check(readFileSync(process.argv[2], 'utf8'), process.argv[3]));
