// Verifiers for Node, timed block by block as benchmarks/node.py asks.
//
// The first line on stdin is {alg, jwks, secret, issuer, audience, tokens, raws}; the answer is {node, versions, peers}.
// Each further line is {peer, start, count, warm}; the answer is {seconds}, per call, the warming ones before it not counted. AUTHKIT_NODE_MODULES names the
// node_modules folder the packages are installed in; those that are missing, or do not know the algorithm, are left out.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const modules = process.env.AUTHKIT_NODE_MODULES;
const resolve = createRequire(join(modules, 'here.js')).resolve;
const load = (name) => import(pathToFileURL(resolve(name)));
const WARM_UP = 1500; // calls until the compiler has seen enough
const DIGESTS = { RS256: 'sha256', PS256: 'sha256', ES256: 'sha256', ES384: 'sha384', EdDSA: null, HS256: 'sha256' };

function floor(given) {
  const raws = given.raws.map(([signature, signed]) => [Buffer.from(signature, 'base64'), Buffer.from(signed)]);
  const digest = DIGESTS[given.alg];
  if (given.alg === 'HS256') {
    const secret = crypto.createSecretKey(Buffer.from(given.secret, 'base64'));
    const check = ([signature, signed]) =>
      crypto.timingSafeEqual(crypto.createHmac(digest, secret).update(signed).digest(), signature);
    return { raws, check };
  }
  const key = crypto.createPublicKey({ key: given.jwks.keys[0], format: 'jwk' });
  const { constants } = crypto;
  const options = given.alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const prepared = { key, ...options };
  return { raws, check: ([signature, signed]) => crypto.verify(digest, signed, prepared, signature) };
}

async function awsJwtVerify(given) {
  if (!['RS256', 'ES256', 'ES384', 'EdDSA'].includes(given.alg)) return undefined;
  const { JwtVerifier } = await load('aws-jwt-verify');
  const { issuer, audience } = given;
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri: 'https://idp.example.com/jwks' });
  verifier.cacheJwks(given.jwks);
  return (token) => verifier.verifySync(token);
}

async function jose(given) {
  const { jwtVerify, createLocalJWKSet } = await load('jose');
  const key = given.secret ? Buffer.from(given.secret, 'base64') : createLocalJWKSet(given.jwks);
  const { issuer, audience } = given;
  const options = { issuer, audience, algorithms: [given.alg], requiredClaims: ['exp'] };
  return (token) => jwtVerify(token, key, options);
}

async function fastJwt(given) {
  const { createVerifier } = (await load('fast-jwt')).default;
  const pem = () =>
    crypto.createPublicKey({ key: given.jwks.keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const key = given.secret ? Buffer.from(given.secret, 'base64') : pem();
  const rules = { allowedIss: given.issuer, allowedAud: given.audience, requiredClaims: ['exp'] };
  return createVerifier({ key, algorithms: [given.alg], ...rules });
}

const PACKAGES = { 'aws-jwt-verify': awsJwtVerify, jose, 'fast-jwt': fastJwt };

async function peers(given) {
  const found = {};
  for (const [name, make] of Object.entries(PACKAGES)) {
    try {
      const verify = await make(given);
      if (verify) found[name] = verify;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return found;
}

function versions() {
  const version = (name) => {
    try {
      return JSON.parse(readFileSync(join(modules, name, 'package.json'))).version;
    } catch {
      return '–';
    }
  };
  return Object.fromEntries(Object.keys(PACKAGES).map((name) => [name, version(name)]));
}

async function timed(verify, fresh) {
  const began = process.hrtime.bigint();
  for (const each of fresh) {
    const result = verify(each);
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - began) / 1e9 / fresh.length;
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const given = JSON.parse((await lines.next()).value);
const tokens = given.tokens.map((token) => Buffer.from(token));
const { raws, check } = floor(given);
if (!check(raws[0])) throw new Error('the floor does not verify');
const verifiers = await peers(given);
for (const verify of Object.values(verifiers)) {
  for (let turn = 0; turn < WARM_UP; turn += 1) await verify(tokens[turn % tokens.length].toString());
}
for (let turn = 0; turn < WARM_UP; turn += 1) check(raws[turn % raws.length]);
say({ node: process.version, versions: versions(), peers: Object.keys(verifiers) });

for await (const line of lines) {
  const { peer, start, count, warm } = JSON.parse(line);
  const at = (index) => (start + index) % tokens.length;
  const indexes = Array.from({ length: warm + count }, (_, index) => at(index));
  const bare = peer === 'crypto.verify';
  const fresh = bare ? indexes.map((index) => raws[index]) : indexes.map((index) => tokens[index].toString());
  const verify = bare ? check : verifiers[peer];
  globalThis.gc?.();
  await timed(verify, fresh.slice(0, warm));
  say({ seconds: await timed(verify, fresh.slice(warm)) });
}
