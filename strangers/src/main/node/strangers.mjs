// The same as dev.counterfoil.strangers.Strangers, for panva's jose: a JWK set is kept for ten minutes, and fetched for
// an unknown key unless it was fetched in the last 30 seconds. Every address of a JWK set has a cache of its own.
import { createInterface } from 'node:readline'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const sets = new Map()

async function verdict(jwks, token) {
  if (!sets.has(jwks)) sets.set(jwks, createRemoteJWKSet(new URL(jwks)))
  try {
    await jwtVerify(token, sets.get(jwks), { algorithms: ['ES256', 'RS256'] })
    return 'ok'
  } catch (refusal) {
    return `${refusal.name}: ${refusal.message}`.replaceAll(/\s+/g, ' ')
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, jwks, token, ...more] = line.split(' ')
  if (line === 'names') console.log('jose createRemoteJWKSet')
  else if (word === 'verify' && token && more.length === 0) console.log(await verdict(jwks, token))
  else throw new Error('neither names nor verify JWKS TOKEN')
}
