// Every token of vectors/attached-tokens gets its code, asked twice.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Refusal, Verifier } from '../src/index.js';

const folder = new URL('../../../vectors/attached-tokens/', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const world = read('world.json');

test('each token of an attached issuer gets its code', async (t) => {
  const verifier = new Verifier({
    policy: world.policy,
    now: () => Date.parse(world.now) / 1000,
    tipWaitMs: 10,
    read: async (url) => {
      if (Object.hasOwn(world.reads, url)) return Buffer.from(world.reads[url], 'base64');
      throw Object.assign(new Error('status 404'), { status: 404 });
    },
  });
  const cases = readdirSync(new URL('cases/', folder)).map((name) => [name, read(`cases/${name}`)]);
  assert.ok(cases.length > 40);
  for (const [name, { token, audience, type, tenants, attached_issuers, expect, comment }] of [...cases, ...cases]) {
    await t.test(name, async () => {
      const outcome = await verifier
        .verify(token, { audience, type, tenants, binding: 'bearer-allowed', attachedIssuers: attached_issuers })
        .then(
          () => 'verified',
          (e) => {
            if (!(e instanceof Refusal)) throw e;
            return e.code;
          },
        );
      assert.equal(outcome, expect, comment);
    });
  }
});
