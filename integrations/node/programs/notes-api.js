// An API that takes the tokens of people: node notes-api.js POLICY PORT
import { readFileSync } from 'node:fs';
import express from 'express';
import { expressGuard, verifiedOf, Verifier } from '../src/index.js';

const [policyFile, port] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
const verifier = new Verifier({ policy: readFileSync(policyFile, 'utf8') });
const expect = { audience: 'notes-api', tenants: ['acme'], binding: 'bearer-allowed' };

const app = express();
app.use(expressGuard({ verifier, expect, origin, refused: ({ code, message }) => console.log(`refused ${code}: ${message}`) }));
app.get('/notes', (req, res) => res.json({ of: verifiedOf(req).claims.sub, notes: ['Buy stamps'] }));
app.listen(Number(port), '127.0.0.1', () => console.log(`listening ${origin}`));
