// Runs every benchmark program in each of its builds, in turn, and prints medians with ratios to the native SSE2 build.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { serve } from './static-server.mjs';

const { chromium } = createRequire(resolve('web/package.json'))('playwright-core');
const rounds = Number(process.env.ROUNDS ?? 3);
const wanted = process.argv.slice(2);

const programs = readdirSync('build/bench-sse2/tests/bench')
  .filter((name) => /^bench_\w+$/.test(name))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (programs.length === 0) {
  console.error(`bench: no benchmark's name contains ${wanted.join(' or ')}`);
  process.exit(2);
}

const server = await serve('build/bench-wasm/tests/bench', 0);
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

function run(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

async function runInPage(program) {
  const page = await browser.newPage();
  try {
    await page.goto(`${origin}/${program}_page.js`); // any page of this origin will do
    return await page.evaluate(async (module) => {
      const lines = [];
      const { default: create } = await import(module);
      await create({ print: (line) => lines.push(line), printErr: (line) => lines.push(line) });
      return lines.join('\n');
    }, `/${program}_page.js`);
  } finally {
    await page.close();
  }
}

const builds = {
  'native SSE2': (program) => run(`build/bench-sse2/tests/bench/${program}`, []),
  'native AVX2': (program) => run(`build/bench-avx2/tests/bench/${program}`, []),
  'wasm Node': (program) =>
    run('node', ['--no-experimental-fetch', `build/bench-wasm/tests/bench/${program}.js`]),
  'wasm Chromium': (program) => runInPage(program),
};

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const program of programs) {
  const times = new Map(); // measurement → build → milliseconds of every round
  for (let round = 0; round < rounds; ++round) {
    for (const [build, start] of Object.entries(builds)) {
      const lines = (await start(program)).split('\n').filter((line) => line.startsWith('{'));
      for (const { name, ms } of lines.map((line) => JSON.parse(line))) {
        const row = times.get(name) ?? times.set(name, new Map()).get(name);
        row.set(build, [...(row.get(build) ?? []), ms]);
      }
    }
  }
  for (const [name, row] of times) {
    const base = median(row.get('native SSE2'));
    console.log(`\n${name}`);
    for (const [build, values] of row) {
      const ms = median(values);
      console.log(`  ${build.padEnd(14)} ${ms.toFixed(3).padStart(10)} ms   × ${(ms / base).toFixed(2)}`);
    }
  }
}

await browser.close();
server.close();
