// Signers of AWS Signature Version 4 for Node, timed block by block as benchmarks/node.py asks (turns.mjs).
//
// The first line on stdin is {region, service, credentials, key, requests}: the signing key in base64, and requests of
// {method, path, headers, body, canonical, prefix, signature}. What a signer makes of the first must be its signature.
import crypto from 'node:crypto';
import { first, load, made, takeTurns } from './turns.mjs';

const hash = (text) => crypto.createHash('sha256').update(text).digest('hex');

function floor(given) {
  const key = crypto.createSecretKey(Buffer.from(given.key, 'base64'));
  return ({ body, canonical, prefix }) => {
    if (body.length) hash(body);
    return crypto.createHmac('sha256', key).update(prefix + hash(canonical)).digest('hex');
  };
}

async function aws4(given) {
  const { sign } = (await load('aws4')).default;
  const { region, service, credentials } = given;
  const extraHeadersToIgnore = { 'content-length': true }; // it adds one, which nobody else signs
  return ({ method, path, headers, body }) =>
    sign({ method, path, headers, body, region, service, extraHeadersToIgnore }, credentials).headers.Authorization;
}

const PACKAGES = { aws4 };

const given = await first();
const { requests } = given;
const raw = ({ body, canonical, prefix }) => ({ body: Buffer.from(body), canonical: Buffer.from(canonical), prefix });
const raws = requests.map(raw);
const text = (value) => Buffer.from(value).toString(); // a new one each time
const copied = (one) => ({
  method: one.method,
  path: text(one.path),
  headers: Object.fromEntries(Object.entries(one.headers).map(([name, value]) => [name, text(value)])),
  body: text(one.body),
});
const contenders = { 'crypto.createHmac': { call: floor(given), fresh: (at) => raws[at] } };
for (const [name, call] of Object.entries(await made(PACKAGES, given))) {
  contenders[name] = { call, fresh: (at) => copied(requests[at]) };
}
for (const [name, { call, fresh }] of Object.entries(contenders)) {
  if (!call(fresh(0)).endsWith(requests[0].signature)) throw new Error(`${name} signs otherwise`);
}
await takeTurns(contenders, requests.length, Object.keys(PACKAGES));
