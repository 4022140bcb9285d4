// Verifiers for Node, timed block by block as benchmarks/node.py asks (turns.mjs).
//
// The first line on stdin is {alg, jwks, secret, issuer, audience, tokens, raws}. Packages that are missing, or do not
// know the algorithm, are left out.
import crypto from 'node:crypto';
import { first, load, made, takeTurns } from './turns.mjs';

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

const given = await first();
const tokens = given.tokens.map((token) => Buffer.from(token));
const { raws, check } = floor(given);
if (!check(raws[0])) throw new Error('the floor does not verify');
const contenders = { 'crypto.verify': { call: check, fresh: (at) => raws[at] } };
for (const [name, call] of Object.entries(await made(PACKAGES, given))) {
  contenders[name] = { call, fresh: (at) => tokens[at].toString() }; // a new one each time
}
await takeTurns(contenders, tokens.length, Object.keys(PACKAGES));
