// A web application that signs people in and calls an API in their name: node web-application.js ISSUER CLIENT-ID SECRET-FILE PORT [API]
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import express from 'express';
import * as oidc from 'openid-client';

const [issuer, clientId, secretFile, port, api] = process.argv.slice(2);
const home = `http://127.0.0.1:${port}`;
const options = issuer.startsWith('http://') ? { execute: [oidc.allowInsecureRequests] } : {};
// Client libraries send the secret in the body unless they are told otherwise: a header stays out of logs of bodies.
const secret = readFileSync(secretFile, 'utf8').trim();
const config = await oidc.discovery(new URL(issuer), clientId, secret, oidc.ClientSecretBasic(secret), options);

const sessions = new Map(); // Of this process: a real application keeps them where it keeps the rest.
const sessionOf = (req) => sessions.get(/(?:^|; )app=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1]);
const begin = (res, session) => {
  const id = randomBytes(32).toString('base64url');
  sessions.set(id, session);
  res.setHeader('Set-Cookie', `app=${id}; HttpOnly; SameSite=Lax; Path=/`);
};

const app = express();
app.get('/login', async (req, res) => {
  const verifier = oidc.randomPKCECodeVerifier();
  const asked = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
  begin(res, { asked });
  const parameters = {
    redirect_uri: `${home}/callback`,
    scope: 'openid profile email notes',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: asked.state,
    nonce: asked.nonce,
    ...(req.query.prompt ? { prompt: String(req.query.prompt) } : {}),
  };
  res.redirect(oidc.buildAuthorizationUrl(config, parameters).href);
});
app.get('/callback', async (req, res) => {
  const asked = sessionOf(req)?.asked;
  if (!asked) return res.status(400).send('Begin at /login.');
  const tokens = await oidc.authorizationCodeGrant(config, new URL(req.originalUrl, home), {
    pkceCodeVerifier: asked.verifier,
    expectedState: asked.state,
    expectedNonce: asked.nonce,
  });
  // A new id: a thief who planted the old one has nothing of it.
  begin(res, { tokens, claims: tokens.claims(), idToken: tokens.id_token });
  res.redirect('/');
});
app.get('/', async (req, res) => {
  const { claims, tokens } = sessionOf(req) ?? {};
  if (!claims) return res.send('Nobody is signed in. <a href="/login">Sign in</a>');
  res.json({ claims, userinfo: await oidc.fetchUserInfo(config, tokens.access_token, claims.sub), accessToken: tokens.access_token });
});
app.get('/notes', async (req, res) => {
  const session = sessionOf(req);
  if (!session?.tokens) return res.status(401).send('Sign in first.');
  const answer = await fetch(api, { headers: { Authorization: `Bearer ${session.tokens.access_token}` } });
  res.status(answer.status).send(await answer.text());
});
app.get('/refresh', async (req, res) => {
  const session = sessionOf(req);
  session.tokens = await oidc.refreshTokenGrant(config, session.tokens.refresh_token);
  res.json({ refreshed: true, accessToken: session.tokens.access_token });
});
app.get('/logout', (req, res) => {
  const idToken = sessionOf(req)?.idToken;
  sessions.delete(/(?:^|; )app=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1]);
  if (!idToken) return res.redirect('/');
  res.redirect(oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: `${home}/` }).href);
});
app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  res.status(502).json({ error: error.error ?? error.code ?? 'failed', message: error.message });
});
app.listen(Number(port), '127.0.0.1', () => console.log(`listening ${home}`));
