// A program on a person's machine that signs them in by their browser: node native-application.js ISSUER CLIENT-ID [API]
import { createServer } from 'node:http';
import * as oauth from 'oauth4webapi';

const [issuer, clientId, api] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: issuer.startsWith('http://') };
const as = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), insecure));
const client = { client_id: clientId };
// Its tokens and refresh tokens are bound to this key, which never leaves the process.
const dpop = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();

// A port that is free now: the authority takes any on 127.0.0.1 (RFC 8252 7.3).
const server = createServer().listen(0, '127.0.0.1');
await new Promise((ready) => server.once('listening', ready));
const redirect = `http://127.0.0.1:${server.address().port}/callback`;

const address = new URL(as.authorization_endpoint);
address.search = new URLSearchParams({
  response_type: 'code',
  client_id: clientId,
  redirect_uri: redirect,
  scope: 'openid profile notes offline_access',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
  dpop_jkt: await dpop.calculateThumbprint(),
}).toString();
console.log(`open ${address.href}`);

const [request, response] = await new Promise((came) => server.on('request', (...both) => both[0].url.startsWith('/callback?') && came(both)));
response.end('Signed in. You can close this page.');
server.close();
const parameters = oauth.validateAuthResponse(as, client, new URL(request.url, redirect), state);
const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, redirect, verifier, { DPoP: dpop, ...insecure });
const first = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true });
// The signature too: over plain http nothing else says whose it is.
await oauth.validateApplicationLevelSignature(as, answer, insecure);
const claims = oauth.getValidatedIdTokenClaims(first);
const refreshed = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), first.refresh_token, { DPoP: dpop, ...insecure });
const second = await oauth.processRefreshTokenResponse(as, client, refreshed);
const told = await oauth.userInfoRequest(as, client, second.access_token, { DPoP: dpop, ...insecure });
const person = await oauth.processUserInfoResponse(as, client, claims.sub, told);
console.log(JSON.stringify({ claims, person, tokenType: second.token_type, refreshToken: second.refresh_token, accessToken: second.access_token }));
if (api) {
  const page = await oauth.protectedResourceRequest(second.access_token, 'GET', new URL(api), undefined, undefined, { DPoP: dpop, ...insecure });
  console.log(await page.text());
}
