// What the scripts for Node share: packages of a folder that AUTHKIT_NODE_MODULES names, and turns that are asked for.
//
// A script reads one line of what it is to work on (`first`), warms up, and calls `takeTurns`: it says what it has, and
// then answers each line {peer, start, count, warm} by {seconds}, per call, the warming ones before it not counted.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const modules = process.env.AUTHKIT_NODE_MODULES;
const { resolve } = createRequire(join(modules, 'here.js'));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const WARM_UP = 1500; // calls until the compiler has seen enough

export const first = async () => JSON.parse((await lines.next()).value);

export const load = (name) => import(pathToFileURL(resolve(name)));

function version(name) {
  try {
    return JSON.parse(readFileSync(join(modules, name, 'package.json'))).version;
  } catch {
    return '–';
  }
}

// Returns what each maker makes by its name; those whose package is missing, or that return nothing, are left out.
export async function made(makers, given) {
  const found = {};
  for (const [name, make] of Object.entries(makers)) {
    try {
      const call = await make(given);
      if (call) found[name] = call;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return found;
}

async function timed(call, fresh) {
  const began = process.hrtime.bigint();
  for (const each of fresh) {
    const result = call(each);
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - began) / 1e9 / fresh.length;
}

// Each of `contenders` is {call, fresh}: what is timed, and what makes its argument anew for an index of the pool.
export async function takeTurns(contenders, size, names) {
  const some = (peer, start, count) =>
    Array.from({ length: count }, (_, at) => contenders[peer].fresh((start + at) % size));
  for (const peer of Object.keys(contenders)) await timed(contenders[peer].call, some(peer, 0, WARM_UP));
  const versions = Object.fromEntries(names.map((name) => [name, version(name)]));
  say({ node: process.version, versions, peers: Object.keys(contenders) });
  for await (const line of lines) {
    const { peer, start, count, warm } = JSON.parse(line);
    const fresh = some(peer, start, warm + count);
    globalThis.gc?.();
    await timed(contenders[peer].call, fresh.slice(0, warm));
    say({ seconds: await timed(contenders[peer].call, fresh.slice(warm)) });
  }
}
