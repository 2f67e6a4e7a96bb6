// Runs every benchmark program in each of its builds, in turn, and prints medians and minima over the rounds with ratios
// to the native SSE2 build. With --peers: the neural epoch beside PyTorch and TensorFlow.js, with ratios to PyTorch too.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { serve } from './static-server.mjs';

const { chromium } = createRequire(resolve('web/package.json'))('playwright-core');
const rounds = Number(process.env.ROUNDS ?? 3);
const peers = process.argv.includes('--peers');
const wanted = peers ? ['neural_epoch'] : process.argv.slice(2);

const programs = readdirSync('tests/bench')
  .filter((name) => name.endsWith('.cpp'))
  .map((name) => `bench_${name.slice(0, -4)}`)
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (programs.length === 0) {
  console.error(`bench: no benchmark's name contains ${wanted.join(' or ')}`);
  process.exit(2);
}

const server = await serve('build/wasm/tests/bench', 0);
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
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function runInPage(program) {
  const page = await browser.newPage();
  try {
    await page.goto(`${origin}/${program}_page.js`); // any page of this origin will do
    return await page.evaluate(async (module) => {
      const lines = [];
      const { default: create } = await import(module);
      await create({
        print: (line) => lines.push(line),
        printErr: (line) => lines.push(line),
      });
      return lines.join('\n');
    }, `/${program}_page.js`);
  } finally {
    await page.close();
  }
}

const builds = {
  'native SSE2': (program) => run(`build/native/tests/bench/${program}`, []),
  'native AVX2': (program) => run(`build/bench-avx2/tests/bench/${program}`, []),
  'wasm Node': (program) => run('node', ['--no-experimental-fetch', `build/wasm/tests/bench/${program}.js`]),
  'wasm Chromium': (program) => runInPage(program),
};

const workload = 'build/neural_workload.json';
const peerServer = peers ? await serve('tests/bench/peers', 0) : null;
if (peers) {
  writeFileSync(workload, run('build/native/tests/bench/bench_neural_epoch', ['workload']));
  builds['PyTorch'] = () => run('/usr/bin/python3', ['tests/bench/peers/torch_epoch.py', workload]);
  builds['TensorFlow.js'] = () => runTensorFlow(JSON.parse(readFileSync(workload, 'utf8')));
}

async function runTensorFlow(task) {
  const modules = `http://127.0.0.1:${peerServer.address().port}/node_modules/@tensorflow`;
  const page = await browser.newPage();
  try {
    await page.goto(`${modules}/tfjs/package.json`); // any page of this origin will do
    for (const url of ['tfjs/dist/tf.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js']) {
      await page.addScriptTag({ url: `${modules}/${url}` });
    }
    await page.addScriptTag({ path: 'tests/bench/peers/tensorflow_epoch.js' });
    const result = await page.evaluate(
      ([task, folder]) => globalThis.tensorflowEpoch(task, folder),
      [task, `${modules}/tfjs-backend-wasm/dist/`],
    );
    return JSON.stringify(result);
  } finally {
    await page.close();
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const program of programs) {
  const times = new Map(); // measurement → build → what every round printed
  for (let round = 0; round < rounds; ++round) {
    for (const [build, start] of Object.entries(builds)) {
      const lines = (await start(program)).split('\n').filter((line) => line.startsWith('{'));
      for (const result of lines.map((line) => JSON.parse(line))) {
        const row = times.get(result.name) ?? times.set(result.name, new Map()).get(result.name);
        row.set(build, [...(row.get(build) ?? []), result]);
      }
    }
  }
  for (const [name, row] of times) {
    // A program's median is over its repetitions, ours over the rounds; its minimum is what a busy machine disturbs least.
    const typical = (build) => median(row.get(build).map((r) => r.ms));
    const least = (build) => Math.min(...row.get(build).map((r) => r.fastest_ms ?? r.least_ms ?? r.ms));
    const against = peers ? ['native SSE2', 'PyTorch'] : ['native SSE2'];
    console.log(
      `\n${name.padEnd(36)} median             least   ratios to ${against.join(', to ')}: median (least)`,
    );
    for (const [build, results] of row) {
      const ratios = against.map((base) =>
        `× ${(typical(build) / typical(base)).toFixed(2)} (${(least(build) / least(base)).toFixed(2)})`.padEnd(
          18,
        ),
      );
      const loss = results[0].loss_30;
      console.log(
        `  ${build.padEnd(24)} ${typical(build).toFixed(3).padStart(13)} ms ${least(build).toFixed(3).padStart(13)} ms   ` +
          `${ratios.join(' ')}${peers ? `   loss after 30 epochs ${loss.toPrecision(6)}` : ''}`,
      );
    }
    if (!peers) continue;
    const losses = [...row.values()].flat().map((r) => r.loss_30);
    if (Math.max(...losses) > 1.01 * Math.min(...losses)) {
      console.error('bench: the losses after 30 epochs differ by more than 1 %; this is not the same work.');
      process.exitCode = 1;
    }
  }
}

peerServer?.close();
await browser.close();
server.close();
