// oidc-provider for ServicesTest: node provider.js ISSUER CLIENT KEY-FILE; ISSUER has the record door. Says where it listens.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { RecordDoor, recordTokens } from '../src/record-door.js';

const [issuer, clientId, keyFile] = process.argv.slice(2);
const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const server = createServer().listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(origin, {
    clients: [
      { client_id: 'app', client_secret: 'for-this-test-only-for-this-test-only', ...machine },
      {
        client_id: 'web',
        client_secret: 'for-this-test-only-for-this-test-only',
        grant_types: ['authorization_code'],
        redirect_uris: ['https://web.example/back'],
        response_types: ['code'],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig', kid: 'one' }] },
    pkce: { required: () => false },
    cookies: { keys: ['for-this-test-only'] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://mail.example',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'mail',
          audience: 'https://mail.example',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  recordTokens(
    provider,
    new RecordDoor({ issuer, clientId, clientKey: JSON.parse(readFileSync(keyFile, 'utf8')), waitMs: 1000 }),
  );
  server.on('request', provider.callback());
  console.log(`listening ${origin}`);
});
