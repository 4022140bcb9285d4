// An issuer for the tests: oidc-provider, with as little configuration as client credentials need.
//
// AUTHKIT_NODE_MODULES names the node_modules folder it is installed in. The first line of JSON on stdout says where it
// listens. It ends when its stdin does. Beside the provider's own paths:
//
//   GET  /test/served   how often each path was asked for
//   POST /test/rotate   new keys in place of all others

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// ESM imports know nothing of NODE_PATH: find the package as a script in that folder would.
const installed = createRequire(join(process.env.AUTHKIT_NODE_MODULES, 'here.js'));
const { Provider } = await import(pathToFileURL(installed.resolve('oidc-provider')));

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];
const SCOPE = 'orders:read orders:write';
const OPAQUE = 'https://opaque.example.com'; // a resource whose access tokens say nothing by themselves

function privateJwk(kind, options, pinned = {}) {
  return { ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), ...pinned, use: 'sig' };
}

function newKeys() {
  return [
    privateJwk('rsa', { modulusLength: 2048 }), // names no alg: for RS256 and PS256 alike
    privateJwk('ec', { namedCurve: 'P-256' }),
    privateJwk('ec', { namedCurve: 'P-384' }),
    privateJwk('ed25519', {}, { alg: 'EdDSA' }),
    privateJwk('ed25519', {}, { alg: 'Ed25519' }),
  ];
}

// A client is named for the algorithm its tokens are signed with.
const clients = ALGORITHMS.map((alg) => ({
  client_id: alg,
  client_secret: `secret of ${alg}`,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope: SCOPE,
}));

function newProvider(issuer) {
  return new Provider(issuer, {
    clients,
    jwks: { keys: newKeys() },
    scopes: SCOPE.split(' '),
    ttl: { ClientCredentials: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, allowReplay: true }, // its own memory of proofs wants Node 22; ours is what is tested
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource, client) => ({
          audience: resource,
          scope: SCOPE,
          accessTokenFormat: resource === OPAQUE ? 'opaque' : 'jwt',
          jwt: { sign: { alg: client.clientId } },
        }),
      },
    },
  }).callback();
}

const served = {};
let issuer;
let provider;

const server = createServer((request, response) => {
  if (request.url === '/test/served') {
    response.end(JSON.stringify(served));
  } else if (request.url === '/test/rotate' && request.method === 'POST') {
    provider = newProvider(issuer);
    response.end('{}');
  } else {
    served[request.url] = (served[request.url] ?? 0) + 1;
    provider(request, response);
  }
});

server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  provider = newProvider(issuer);
  console.log(JSON.stringify({ issuer }));
});

process.stdin.resume().on('end', () => process.exit());
