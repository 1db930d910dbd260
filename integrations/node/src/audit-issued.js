// Checks the issued tokens of an audit bundle (spec/audit-bundle.md#issued-tokens) from the domain's
// policy and the custodian's key: node audit-issued.js FILE POLICY CUSTODIAN-VKEY
import { readFileSync } from 'node:fs';
import { goesOn, must, note } from './audit-bundle.js';
import { mirror, parsePolicy } from './keylog.js';
import { leafHash, sha256 } from './log.js';

const b64 = (text) => Buffer.from(text, 'base64');
const node = (left, right) => sha256(Buffer.of(1), left, right);
/** The name of a log of digests: there are no counterfoils of it. */
const IS_RECORD_LOG = /^d[1-9][0-9]{0,3}g[1-9][0-9]{0,5}$/;

/** How far two hosts' clocks may be apart, in seconds: 30 each. */
const CLOCKS_S = 60;
/** How far an event's own time may be ahead of what is said after it: ten minutes, and the clocks. */
const AHEAD_S = 720;

/** The root that follows from a leaf and its path (RFC 9162 2.1.3.2). */
function rootOf(leaf, index, size, path) {
  let [at, last, root] = [index, size - 1, leaf];
  const up = () => ([at, last] = [Math.floor(at / 2), Math.floor(last / 2)]);
  for (const hash of path.map(b64)) {
    must(last > 0, 'a path is too long');
    if (at % 2 === 1 || at === last) {
      root = node(hash, root);
      while (at % 2 === 0 && at > 0) up();
    } else {
      root = node(root, hash);
    }
    up();
  }
  must(last === 0, 'a path is too short');
  return root;
}

/** What a record of the journal (spec/journal.md) says of its token: the digest in the log, and whose it is. */
function counterfoil(record, log) {
  const bytes = Buffer.from(record, 'base64url');
  const [position, length] = [Number(bytes.readBigUInt64BE(1)), bytes.readUInt32BE(33)];
  const [salt, input, context] = [bytes.subarray(17, 33), bytes.subarray(37, 37 + length), bytes.subarray(37 + length)];
  must(bytes[0] === 1 && input.length === length, 'no counterfoil');
  const [, payload, ...more] = input.toString('latin1').split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const id = `${log}.${position}.${sha256(salt, context).toString('base64url')}`;
  must(more.length === 0 && claims.jti === id, `the token at ${position} does not commit to its place and context`);
  return { position, tenant: claims.tenant, digest: sha256(input) };
}

/** The state of a log under which a custodian states how many tokens of it a tenant has; of none, too. */
function stated({ statement, count, salt, index, path }, tenant, vkey, custodian) {
  const said = note(statement, custodian, vkey.split('+')[0]);
  const [, leaves, counts] = said.extension.match(/^counterfoil-custody\/v1 (\d+) (\S+)$/);
  must(path, 'nothing shows that a count is stated');
  must(Number.isSafeInteger(count) && count >= 0, 'a count is no number'); // of a text + would join the digits
  must(b64(salt).length === 32, 'a salt is none'); // another length moves what stands behind it
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(count));
  const leaf = leafHash(Buffer.concat([b64(salt), number, Buffer.from(tenant)]));
  must(index < Number(leaves) && rootOf(leaf, index, Number(leaves), path).equals(b64(counts)), 'not the stated count');
  return said;
}

/** How many lie below the position from which on an export goes, in a state from which the log goes on. */
function before({ from, since }, tenant, head, vkey, custodian) {
  if (from === 0) return 0;
  must(since, `nothing shows how many tokens lie below position ${from}`);
  const earlier = stated(since, tenant, vkey, custodian);
  must(earlier.size === from && from <= head.size, 'the count is of another state');
  goesOn(earlier, head, since.log);
  return since.count;
}

/** `complete`, with `from LOG.N on` of those that go on from an export before, or `proved`; throws when nothing of it is to be believed. */
export async function checkIssued(text, policyText, custodian, now = Date.now() / 1000) {
  const policy = parsePolicy(policyText);
  const events = JSON.parse(text.slice(0, text.indexOf('\n')));
  const at = text.indexOf('\n{"issued":');
  must(at >= 0 && text.endsWith('}\n'), 'no issued tokens, or they break off');
  const lines = text.slice(at + 1, -1).split('\n').map((line) => JSON.parse(line));
  const [header, end] = [lines.shift(), lines.pop()];
  must(header.issued === 'counterfoil-issued/1' && header.domain === policy.domain, 'of another domain than the policy');
  for (const member of ['domain', 'tenant', 'query']) {
    must(JSON.stringify(header[member]) === JSON.stringify(events[member]), 'of another export than the events');
  }
  const files = new Map();
  while (lines[0]?.file) files.set(`${policy.issuer}/logs/keys/${lines[0].file}`, b64(lines.shift().content));
  const read = async (url) => (must(files.has(url), `the key log has no ${url}`), files.get(url));
  const keyLog = await mirror(policy, read, now);
  const logs = [...keyLog.logs.values()].filter(({ name }) => !IS_RECORD_LOG.test(name));

  const newest = text.slice(0, at).split('\n').filter((line) => line.includes(',"event":'))
    .reduce((time, line) => Math.max(time, JSON.parse(line).event.time / 1000), 0);
  /** The custodian holds all that the log had published by then, by the log's own checkpoint or its end. */
  const heldAll = ({ log, published }, name, { size }) => {
    const all = Math.max(published ? note(published, log).size : 0, keyLog.ended.get(name) ?? 0);
    must(all <= size, `INCOMPLETE: ${name} had published ${all} entries, and the custodian held ${size}`);
  };
  const inTime = ({ time }) => {
    must(time + CLOCKS_S >= keyLog.time, "the custodian's word is older than the key log beside it");
    must(!whole || time + AHEAD_S >= newest, "the custodian's word is older than the events");
  };
  const [seen, from] = [new Set(), []];
  const [whole, tenant] = [Object.keys(header.query).length === 0, header.tenant];
  let tokens = 0;
  while (lines.length > 0) {
    const line = lines.shift();
    const known = logs.find(({ key }) => key.text === line.log);
    must(known && !seen.has(line.log), 'the key log does not state this log, or it stands twice');
    seen.add(line.log);
    if (line.nothing) {
      const none = note(line.nothing, custodian, known.key.name);
      must(none.size === 0 && none.extension === '', 'the custodian does not say that it holds nothing');
      inTime(none);
      heldAll(line, known.name, none);
      continue;
    }
    must(line.tenant === tenant, 'the count is of another tenant');
    const [head, said] = [note(line.head, line.log), stated(line, tenant, line.log, custodian)];
    must(head.size === said.size && head.root.equals(said.root), 'the statement is of another state than the head');
    inTime(said);
    heldAll(line, known.name, head);
    must(Number.isSafeInteger(line.from) && line.from >= 0, 'a position is no number');
    must(line.from === 0 || events.since, 'the tokens go on from a position, and the events from no earlier state');
    const earlier = whole ? before(line, tenant, head, line.log, custodian) : 0;
    if (line.from > 0) from.push(`${known.name}.${line.from}`);
    let [last, count] = [line.from - 1, 0];
    for (; lines[0]?.position !== undefined; count++) {
      const { position, path, record, digest } = lines.shift();
      must(position > last && position < head.size, `position ${position} does not follow`);
      last = position;
      const one = record ? counterfoil(record, known.name) : { position, tenant, digest: b64(digest) };
      must(one.position === position && one.tenant === tenant, `the token at ${position} is another's`);
      const leaf = leafHash(Buffer.concat([Buffer.of(1), one.digest]));
      must(rootOf(leaf, position, head.size, path).equals(head.root), `the token at ${position} is not in the log`);
    }
    must(!whole || earlier + count === line.count, `${line.count} tokens are stated, ${earlier} of them before, and ${count} are here`);
    tokens += count;
  }
  must(end.end === true && end.logs === seen.size && end.tokens === tokens, 'another number of logs or tokens');
  if (!whole || !logs.every(({ key }) => seen.has(key.text))) return 'proved';
  return from.length > 0 ? `complete from ${from.join(',')} on` : 'complete';
}

if (process.argv[1]?.endsWith('audit-issued.js')) {
  const [file, policy, custodian] = process.argv.slice(2);
  console.log(await checkIssued(readFileSync(file, 'utf8'), readFileSync(policy, 'utf8'), custodian));
}
