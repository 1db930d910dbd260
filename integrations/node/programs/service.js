// A service of Express for ServicesTest: node service.js POLICY MONITOR CLIENT KEY-FILE; says where it listens.
import { readFileSync } from 'node:fs';
import express from 'express';
import { expressGuard, SightingReporter, verifiedOf, Verifier } from '../src/index.js';

const [policyFile, monitor, clientId, keyFile] = process.argv.slice(2);
const policy = readFileSync(policyFile, 'utf8');
const issuer = /^issuer (.*)$/m.exec(policy)[1];
const clientKey = JSON.parse(readFileSync(keyFile, 'utf8'));
const sightings = new SightingReporter({ monitor, issuer, clientId, clientKey, instance: 'node' });
const verifier = new Verifier({ policy, sightings });

const app = express();
const server = app.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const expect = { audience: 'archive', tenants: ['acme'], binding: 'bearer-allowed' };
  app.use(expressGuard({ verifier, expect, origin, refused: ({ code, message }) => console.log(`refused ${code}: ${message}`) }));
  app.get('/inbox', (req, res) => res.send(verifiedOf(req).claims.sub));
  console.log(`listening ${origin}`);
});
