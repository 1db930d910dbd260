// node verifiers.mjs POLICY TOKENS JWKS SECONDS: tokens a second on one core, by jose alone and by our verifier.
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, jwtVerify } from '../../integrations/node/node_modules/jose/dist/webapi/index.js';
import { Verifier } from '../../integrations/node/src/index.js';

const [policyFile, tokensFile, jwksFile, seconds] = process.argv.slice(2);
const policy = readFileSync(policyFile, 'utf8');
const issuer = /^issuer (.*)$/m.exec(policy)[1];
const tokens = readFileSync(tokensFile, 'utf8').trim().split('\n');
const keys = createLocalJWKSet(JSON.parse(readFileSync(jwksFile, 'utf8')));
const { aud, tenant } = JSON.parse(Buffer.from(tokens[0].split('.')[1], 'base64url'));
const audience = [aud].flat()[0];
const expect = { audience, tenants: [tenant], binding: 'bearer-allowed' };

async function rate(what, before, check) {
  let [count, nanos] = [0, 0n];
  // The first round warms up.
  for (let round = 0; round < 2 || nanos < BigInt(seconds) * 1_000_000_000n; round++) {
    const state = await before();
    const begun = process.hrtime.bigint();
    for (const token of tokens) await check(token, state);
    if (round === 0) continue;
    nanos += process.hrtime.bigint() - begun;
    count += tokens.length;
  }
  console.log(`${what} ${(count * 1e9) / Number(nanos)}`);
}

const started = async () => {
  const verifier = new Verifier({ policy });
  await verifier.verify(tokens[0], expect); // keys and tiles
  return verifier;
};
const seen = await started();
await rate('peer', async () => {}, (token) => jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' }));
await rate('first', started, (token, verifier) => verifier.verify(token, expect));
await rate('again', async () => seen, (token, verifier) => verifier.verify(token, expect));
