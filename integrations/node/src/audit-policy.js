// Checks an audit bundle from the domain's policy alone (spec/audit-bundle.md): the copy of the key
// log behind the events is verified from the policy's root down, and states the audit log's key.
// node audit-policy.js FILE POLICY
import { readFileSync } from 'node:fs';
import { check } from './audit-bundle.js';
import { mirror, parsePolicy } from './keylog.js';
import { FormatError } from './strict.js';

/** The bundle's verdict, `complete` or `proved`; throws when nothing of it is to be believed. */
export async function checkFromPolicy(text, policyText, now = Date.now() / 1000) {
  const policy = parsePolicy(policyText);
  const [first, ...lines] = text.split('\n');
  const header = JSON.parse(first);
  if (header.domain !== policy.domain) throw new FormatError('the bundle is of another domain than the policy');
  const files = new Map(
    lines
      .filter((line) => line.startsWith('{"file":'))
      .map((line) => JSON.parse(line))
      .map(({ file, content }) => [`${policy.issuer}/logs/keys/${file}`, Buffer.from(content, 'base64')]),
  );
  const keyLog = await mirror(
    policy,
    async (url) => {
      if (!files.has(url)) throw new FormatError(`the key log in the bundle has no ${url}`);
      return files.get(url);
    },
    now,
  );
  // The bundle's word on its key says which one to look for, and no more. Where the policy pins keys
  // of logs that are none of the issuer's, no other one counts.
  const pinned = policy.logs.filter((key) => !key.name.startsWith(policy.keyLog.name.slice(0, -'keys'.length)));
  const { text: key } = pinned.find((one) => one.text === header.key) ?? pinned[0] ?? { text: header.key };
  const verdict = check(text, key);
  const fault = keyLog.auditLogFault(key, Number(header.checkpoint.split('\n')[1]), pinned.length > 0);
  if (fault) throw new FormatError(fault);
  return verdict;
}

if (process.argv[1]?.endsWith('audit-policy.js')) {
  console.log(await checkFromPolicy(readFileSync(process.argv[2], 'utf8'), readFileSync(process.argv[3], 'utf8')));
}
