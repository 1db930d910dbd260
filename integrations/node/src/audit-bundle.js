// Checks an audit bundle (spec/audit-bundle.md), with nothing but Node: node audit-bundle.js FILE VKEY [CUSTODIAN-VKEY...]
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
export const must = (good, why) => { if (!good) throw new Error(why); };
const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const b64 = (text) => Buffer.from(text, 'base64');
const node = (left, right) => sha(Buffer.of(1), left, right);
export function note(text, vkey, log) { // c2sp.org/signed-note, tlog-checkpoint and, of a custodian's key, tlog-cosignature
  const [, name, id, key] = vkey.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/);
  const at = text.lastIndexOf('\n\n') + 1;
  const jwk = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: b64(key).subarray(1).toString('base64url') }, format: 'jwk' });
  const good = (line) => b64(key)[0] === 4
    ? verify(null, Buffer.from(`cosignature/v1\ntime ${line.readBigUInt64BE(4)}\n${text.slice(0, at)}`), jwk, line.subarray(12))
    : verify(null, Buffer.from(text.slice(0, at)), jwk, line.subarray(4));
  const ours = text.slice(at + 1).split('\n').filter((line) => line.startsWith(`— ${name} `)).map((line) => b64(line.split(' ')[2]));
  const [origin, size, root, extension] = text.slice(0, at).split('\n');
  const line = ours.find((one) => one.subarray(0, 4).toString('hex') === id && good(one));
  must(origin === (log ?? name) && line, 'not signed by the key');
  return { size: Number(size), root: b64(root), extension, time: b64(key)[0] === 4 ? Number(line.readBigUInt64BE(4)) : undefined };
}
function root(size, hashes, shown) { // RFC 6962 2.1, from the left: leaves that are shown, and by their hashes the subtrees between
  const [parts, left] = [[], [...hashes]];
  let at = 0;
  const add = (hash, width) => {
    at += width;
    for (; parts.at(-1)?.width === width; width *= 2) hash = node(parts.pop().hash, hash);
    parts.push({ hash, width });
  };
  for (const { position, leaf } of [...shown, { position: size }]) {
    for (let width = 1; at < position; width = 1) { // the largest that begins here and ends before
      while (at % (2 * width) === 0 && at + 2 * width <= position) width *= 2;
      must(left.length > 0, 'a hash is missing');
      add(b64(left.shift()), width);
    }
    if (leaf) add(leaf, 1);
  }
  must(at === size && left.length === 0, 'a proof is too long');
  return parts.map((part) => part.hash).reduceRight((right, below) => node(below, right));
}
export function goesOn(earlier, later, hashes) { // of two states of a log the later holds the earlier
  const before = hashes.slice(0, earlier.size.toString(2).replaceAll('0', '').length);
  must(earlier.size > 0 && root(earlier.size, before, []).equals(earlier.root), 'not the earlier log');
  must(root(later.size, hashes, [{ position: earlier.size }]).equals(later.root), 'the log does not go on');
}
function stated(counts, name, vkey, log) { // how many events the key says that the tenant has
  must(counts?.statement, 'no counts');
  must(Number.isSafeInteger(counts.count) && counts.count >= 0, 'a count is no number'); // of a text + would join the digits
  must(counts.salt === undefined || b64(counts.salt).length === 32, 'a salt is none'); // another length moves what stands behind it
  const said = note(counts.statement, vkey, log);
  const [, leaves, hash] = said.extension.match(/^counterfoil-custody\/v1 (\d+) (\S+)$/);
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(counts.count));
  if (counts.count === 0 && !counts.proof) return { ...said, count: 0, open: true }; // no sign that there is none
  const leaf = sha(Buffer.of(0), b64(counts.salt), count, Buffer.from(name));
  must(root(Number(leaves), counts.proof, [{ position: counts.index, leaf }]).equals(b64(hash)), 'not the stated count');
  return { ...said, count: counts.count };
}
function parsed(line) { // the event stands last in its line, as the bytes that were hashed
  const at = line.indexOf(',"event":');
  must(line.endsWith('}'), 'a line breaks off');
  return at < 0 ? JSON.parse(line) : { ...JSON.parse(line.slice(0, at) + '}'), event: line.slice(at + 9, -1) };
}
export function check(text, vkey, custodians = [], strict = false) {
  const [first, ...lines] = text.split('\n{"issued":', 1)[0].replace(/\n$/, '').split('\n');
  const [header, end] = [JSON.parse(first), parsed(lines.pop())];
  const [log, name] = [note(header.checkpoint, vkey), `${header.domain}/${header.tenant}`];
  const [total, since] = [stated(header.counts, name, vkey), header.since ? stated(header.since, name, vkey) : { size: 0, count: 0 }];
  must(total.size === log.size && total.root.equals(log.root), 'the counts are of another state');
  if (header.since) goesOn(since, log, header.since.log);
  const [whole, gone, deleted, positions] = [Object.keys(header.query).length === 0, [], [], []];
  const named = (header.held ?? []).map(({ custodian }) => custodian);
  must(named.length <= 8 && new Set(named).size === named.length, 'a custodian stands twice, or too many do');
  for (const one of custodians) must(!strict || named.includes(one), `${one.split('+')[0]} says nothing`);
  const words = (header.held ?? []).filter(({ custodian }) => custodians.includes(custodian)).map((word) => {
    const held = note(word.note, word.custodian, vkey.split('+')[0]);
    must(held.extension === '', 'no word that it is held');
    goesOn(...[held, log].sort((one, other) => one.size - other.size), word.log);
    const counts = word.counts && stated(word.counts, name, word.custodian, vkey.split('+')[0]);
    if (counts) {
      must(whole && !counts.open && counts.size >= since.size && counts.size <= log.size, 'a count of other events');
      goesOn(counts, log, word.counts.log);
    }
    return { by: word.custodian.split('+')[0], held: held.size, counts };
  });
  let [last, n, events, open] = [since.size - 1, since.count, 0, []];
  for (const line of lines.map(parsed)) {
    if (line.proof) {
      must(root(log.size, line.proof, open.splice(0)).equals(log.root), `an event up to ${last} is not what the log holds`);
      continue;
    }
    must(Number.isSafeInteger(line.position) && line.position > last && line.position < log.size && (line.event ? line.salt : whole && line.digest), 'a position does not follow');
    must(!whole || line.n === n++, `event number ${n - 1} is missing between ${last} and ${line.position}`);
    positions.push(last = line.position);
    const digest = line.event ? sha(Buffer.of(1), Buffer.from(line.salt, 'hex'), Buffer.from(line.event)) : b64(line.digest);
    open.push({ position: last, leaf: sha(Buffer.of(0, 1), digest) });
    const event = line.event && JSON.parse(line.event);
    if (!event) { gone.push(last); continue; }
    events++;
    const [, domain, client] = event.metadata.reporter.uid.match(/^([^/]*)\/(.*)$/);
    must(event.metadata.tenant_uid === header.tenant && domain === header.domain, `event ${last} is another's`);
    if (client === '@auditor' && event.api?.operation === 'audit.delete') deleted.push(event.deleted_positions);
  }
  for (const at of gone) must(deleted.some(({ first, last: to }) => first <= at && at <= to), `nobody says that ${at} was deleted`);
  must(end.end === true && open.length === 0 && end.events === events && (end.deleted ?? 0) === gone.length, 'another number of events');
  must(!whole || n === total.count, `${total.count - n} events are missing behind ${last}`);
  const below = (size) => positions.filter((position) => position < size).length;
  const from = since.size > 0 ? ` from ${since.size} on` : '';
  return [whole && !total.open ? `complete${from}` : 'proved', ...words.map(({ by, held, counts }) => {
    must(!counts || since.count + below(counts.size) === counts.count, `${by} counts otherwise`);
    return `held by ${by} below ${held} (${below(held)})${counts ? `, counted ${counts.count} below ${counts.size}` : ''}`;
  })].join(', ');
}
if (process.argv[1]?.endsWith('audit-bundle.js')) console.log(check(readFileSync(process.argv[2], 'utf8'), process.argv[3], process.argv.slice(4), true));
