// oidc-provider as its documentation sets it up, doing the one thing that is measured: client_credentials with
// JWT access tokens (RFC 9068) signed with ES256. It keeps everything in memory and records nothing.
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
    features: {
      devInteractions: { enabled: false },
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
