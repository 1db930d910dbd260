// Starts oidc-provider on a free loopback port: node provider.mjs CONFIGURATION.json
// The configuration is the provider's own, plus "audience": when given, access tokens are JWTs for that audience.
// Prints "listening <issuer>" when it is ready.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { audience, ...configuration } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

if (audience) {
  configuration.features = {
    ...configuration.features,
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: () => ({
        scope: 'mail',
        audience,
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: configuration.jwks ? configuration.jwks.keys[0].alg : 'RS256' } },
      }),
    },
  };
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  server.on('request', new Provider(issuer, configuration).callback());
  console.log(`listening ${issuer}`);
});
