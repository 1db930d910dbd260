// The world of vectors/tokens: what a verifier can see there, and its honest token.
import { readdirSync, readFileSync } from 'node:fs';
import { Refusal, Verifier } from '../src/index.js';

const folder = new URL('../../../vectors/tokens/', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

export const world = read('world.json');
export const now = Date.parse(world.now) / 1000;
export const cases = readdirSync(new URL('cases/', folder)).map((name) => [name, read(`cases/${name}`)]);
export const honest = cases.find(([, vector]) => vector.expect === 'verified')[1];
export const named = (name) => cases.find(([file]) => file === `${name}.json`)[1];

export const verifier = (change = (url, bytes) => bytes, options = {}) =>
  new Verifier({
    policy: world.policy,
    neighbours: [world.neighbour],
    now: () => now,
    tipWaitMs: 40,
    read: async (url) => {
      const there = Object.hasOwn(world.reads, url);
      const bytes = await change(url, there ? Buffer.from(world.reads[url], 'base64') : undefined);
      if (!bytes) throw Object.assign(new Error('status 404'), { status: 404 });
      return bytes;
    },
    ...options,
  });

export const expecting = ({ audience, type, tenants, bearer_allowed }) => ({
  audience,
  type,
  tenants,
  binding: bearer_allowed ? 'bearer-allowed' : 'required',
});

/** `verified`, or the code of the refusal. */
export async function outcome(asked, vector, request) {
  try {
    await asked.verify(vector.token, expecting(vector), request);
    return 'verified';
  } catch (e) {
    if (e instanceof Refusal) return e.code;
    throw e;
  }
}
