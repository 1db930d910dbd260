// What is installed is what npm packs: it is installed into a fresh folder, typed, and asked there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('..', import.meta.url));

const SERVICE = `
import { expressGuard, fastifyGuard, Refusal, SightingReporter, verifiedOf, Verifier } from 'counterfoil-verifier';
import { RecordDoor, recordTokens } from 'counterfoil-verifier/record-door';
import type { Expectations, Verified } from 'counterfoil-verifier';

const expect: Expectations = { audience: 'https://mail.example', tenants: ['acme'], binding: 'bearer-allowed' };
const sightings = new SightingReporter({ monitor: 'http://m', issuer: 'http://i', clientId: 'mail', clientKey: {} });
const verifier = new Verifier({ policy: '', sightings, stapling: 'accepted' });
export const guards = [expressGuard({ verifier, expect, origin: 'https://mail.example' }), fastifyGuard({ verifier, expect })];
export async function subject(token: string): Promise<string> {
  try {
    const verified: Verified = await verifier.verify(token, expect, { method: 'GET' });
    return verified.claims.sub;
  } catch (e) {
    if (e instanceof Refusal) return e.code;
    throw e;
  }
}
export const door = new RecordDoor({ issuer: 'http://i', clientId: 'source', clientKey: {} });
recordTokens({}, door);
export const who = (request: object): string => verifiedOf(request).auditId;
`;

test('the package installs into a fresh folder, with its types', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-npm-'));
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: here });
    const [packed] = Object.values(JSON.parse(stdout));
    const files = packed.files.map(({ path }) => path);
    assert.ok(files.includes('src/index.d.ts') && files.includes('src/known-keys.txt'), files.join());
    assert.ok(!files.some((path) => path.includes('test') || path.endsWith('.java')), files.join());
    await writeFile(join(folder, 'package.json'), '{"name":"service","type":"module","private":true}');
    const install = ['install', packed.filename, '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', install, { cwd: folder });
    const script = "import * as all from 'counterfoil-verifier'; console.log(Object.keys(all).join())";
    const asked = await run('node', ['--input-type=module', '-e', script], { cwd: folder });
    const exported = asked.stdout.trim().split(',');
    const types = await readFile(join(here, 'src/index.d.ts'), 'utf8');
    for (const name of exported) assert.match(types, new RegExp(`export declare (class|function) ${name}\\b`));
    assert.equal(types.match(/export declare/g).length, exported.length);
    await writeFile(join(folder, 'service.ts'), SERVICE);
    const check = (source) =>
      run(join(here, 'node_modules/.bin/tsc'), ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', source], {
        cwd: folder,
      });
    await check('service.ts');
    await writeFile(join(folder, 'wrong.ts'), SERVICE.replace("binding: 'bearer-allowed'", "binding: 'bearer'"));
    await assert.rejects(check('wrong.ts'), ({ stdout: said }) => /bearer/.test(said));
  } finally {
    await rm(folder, { recursive: true });
  }
});
