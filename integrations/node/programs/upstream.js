// oidc-provider for RealProviderTest: node upstream.js REDIRECT_URI SECRET. Says where it listens, and stops with its input.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [redirectUri, secret] = process.argv.slice(2);
const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const server = createServer().listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'counterfoil',
        client_secret: secret,
        grant_types: ['authorization_code'],
        redirect_uris: [redirectUri],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...jwk, alg: 'RS256', use: 'sig', kid: 'one' }] },
    cookies: { keys: ['for-this-test-only'] },
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: `${id}-there`, email: `${id}@idp.example`, email_verified: true }),
    }),
  });
  server.on('request', provider.callback());
  console.log(`listening ${origin}`);
});
process.stdin.on('close', () => process.exit(0)).resume();
