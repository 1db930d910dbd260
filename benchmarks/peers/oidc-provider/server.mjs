// oidc-provider as its documentation sets it up, doing what is measured: client_credentials with JWT access tokens
// (RFC 9068) signed with ES256, and authorization codes and refresh tokens of people, all of whom its forms for
// development sign in. It keeps everything in memory and records nothing.
//
//   node server.mjs SETTINGS.json
//
// SETTINGS.json: { "port": 9310, "workers": 1, "clientId": "...", "clientSecret": "...", "keyClientId": "...",
//                  "clientKey": { public JWK }, "audience": "https://..." }
// With more than one worker, Node's cluster module shares the port among that many processes.
import cluster from 'node:cluster';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const issuer = `http://127.0.0.1:${settings.port}`;

if (cluster.isPrimary && settings.workers > 1) {
  // One key for all: the workers are one issuer.
  const key = newSigningKey();
  cluster.on('message', (worker) => worker.send(key));
  for (let n = 0; n < settings.workers; n++) cluster.fork();
  cluster.on('exit', () => process.exit(1));
} else if (cluster.isPrimary) {
  serve(newSigningKey());
} else {
  process.once('message', serve);
  process.send('which key?');
}

function newSigningKey() {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return { ...jwk, alg: 'ES256', use: 'sig', kid: randomUUID() };
}

function serve(signingKey) {
  // Its own memory forgets all but the last thousand things, which codes under load are more than.
  const kept = new Map();
  class Memory {
    constructor(model) { this.model = model; }
    key(id) { return `${this.model}:${id}`; }
    async upsert(id, payload) { kept.set(this.key(id), payload); if (payload.uid) kept.set(`uid:${payload.uid}`, id); }
    async find(id) { return kept.get(this.key(id)); }
    async findByUid(uid) { return this.find(kept.get(`uid:${uid}`)); }
    async findByUserCode() { return undefined; }
    async consume(id) { kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
    async destroy(id) { kept.delete(this.key(id)); }
    async revokeByGrantId() {}
  }
  const machine = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
  };
  const provider = new Provider(issuer, {
    clients: [
      {
        ...machine,
        grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
        redirect_uris: ['https://app.example/callback'],
        response_types: ['code'],
        client_id: settings.clientId,
        client_secret: settings.clientSecret,
        token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        ...machine,
        client_id: settings.keyClientId,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [settings.clientKey] },
      },
    ],
    jwks: { keys: [signingKey] },
    adapter: Memory,
    cookies: { keys: [randomUUID()] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    async loadExistingGrant(ctx) {
      const given = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
      if (given) return ctx.oidc.provider.Grant.find(given);
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: settings.workers === 1 },
      introspection: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => settings.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: settings.audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    enabledJWA: { clientAuthSigningAlgValues: ['ES256'] },
  });
  provider.listen(settings.port, '127.0.0.1');
}
