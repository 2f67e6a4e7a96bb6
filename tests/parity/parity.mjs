// The command line and the WebAssembly module answer alike: summarise → components → design → predict → links → protocol to 1e-6,
// ten steps of a fit, and a whole training run in its scores. Ends with `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { accepted, difference, inlined, loadModule, readMessage, run } from './doors.mjs';

const tolerance = 1e-6;
const folder = mkdtempSync(join(tmpdir(), 'groundwork-parity-'));
const file = (name) => join(folder, name);
const wasm = await loadModule();
let passed = 0;
let failed = 0;

async function test(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

function expectAlike(native, module, floor) {
  const worst = difference(inlined(native), inlined(module), floor);
  if (!(worst.value <= tolerance)) throw new Error(`${worst.path} differs by ${worst.value} relative`);
}

const asMessage = (reply) => ({ json: JSON.parse(reply.json), bytes: reply.bytes });
const call = (command, json, bytes = new Uint8Array(0)) =>
  asMessage(accepted(wasm.call(command, JSON.stringify(json), bytes)));
/** A request that carries one document under a key; its buffers stay where they are. */
const carrying = (key, document, more) => [
  { [key]: withoutBuffers(document.json), ...more, buffers: document.json.buffers ?? {} },
  document.bytes,
];
const withoutBuffers = ({ buffers: _, ...rest }) => rest;

const example = 'examples/hipsc_time_course';
const { roles } = JSON.parse(readFileSync(join(example, 'example.json'), 'utf8'));
const names = { counts: join(example, 'counts.csv.gz'), cells: join(example, 'cells.csv.gz') };

/** The flags of `summarise` that say what the roles say. */
function flagsOf(r) {
  const flags = ['--perturbation', r.perturbation, '--separator', r.separator, '--modality', r.modality];
  for (const label of r.control) flags.push('--control', label);
  for (const column of r.batch) flags.push('--batch', column);
  if (r.time) flags.push('--time', r.time, '--time-unit', r.time_unit);
  if (r.medium) flags.push('--medium', r.medium);
  if (r.guide) flags.push('--guide', r.guide);
  return flags;
}

function summariseInModule() {
  const { ingest } = accepted(wasm.newIngest());
  const text = (path) => new Uint8Array(gunzipSync(readFileSync(path)));
  const counts = text(names.counts);
  accepted(ingest.pushCellsText('cells.csv.gz', text(names.cells), true));
  accepted(ingest.describeCountsText('counts.csv.gz', counts, true));
  accepted(
    ingest.begin(
      JSON.stringify({ roles, seed: 1, counts_name: 'counts.csv.gz', cells_name: 'cells.csv.gz' }),
    ),
  );
  do {
    for (let at = 0; at < counts.length; at += 65536) {
      const last = at + 65536 >= counts.length;
      accepted(ingest.pushCountsText(counts.subarray(at, at + 65536), last));
    }
  } while (accepted(ingest.nextPass()).more);
  const screen = asMessage(accepted(ingest.finish()));
  ingest.delete();
  return screen;
}

function jobInModule(command, request, bytes) {
  const { job } = accepted(wasm.startJob(command, JSON.stringify(request), bytes));
  while (!accepted(job.advance(50)).done);
  const result = asMessage(accepted(job.result()));
  job.delete();
  return result;
}
const fitInModule = (request, bytes) => jobInModule('fit', request, bytes);

let screen;
await test('summarise', () => {
  run(
    'summarise',
    '--counts',
    names.counts,
    '--cells',
    names.cells,
    ...flagsOf(roles),
    '-o',
    file('screen.json'),
  );
  screen = readMessage(file('screen.json'));
  const module = summariseInModule();
  // The command line stores the paths it was given.
  for (const key of ['counts_name', 'cells_name']) module.json[key] = screen.json[key];
  expectAlike(screen, module);
});

await test('components', () => {
  run('components', '--screen', file('screen.json'), '-o', file('components.json'));
  expectAlike(readMessage(file('components.json')), call('components', ...carrying('screen', screen)));
});

await test('design', () => {
  writeFileSync(
    file('layout.csv'),
    'condition,b1,b2,b3,b4\n#day,d1,d1,d2,d2\ncontrol,80,80,60,0\nA,40,40,0,0\nB,0,40,40,0\nC,0,0,0,50\n',
  );
  run(
    ...[
      'design',
      '--layout',
      file('layout.csv'),
      '--control',
      'control',
      '--sb2',
      'batch=0.02',
      '--sb2',
      'day=0.05',
    ],
    ...['--sg2', '0.01', '--sw2', '0.4', '-o', file('design.json')],
  );
  const layout = {
    conditions: ['control', 'A', 'B', 'C'],
    batches: ['b1', 'b2', 'b3', 'b4'],
    levels: [{ name: 'day', of_batch: ['d1', 'd1', 'd2', 'd2'] }],
    cells: [
      [80, 80, 60, 0],
      [40, 40, 0, 0],
      [0, 40, 40, 0],
      [0, 0, 0, 50],
    ],
  };
  const variances = { sb2: { batch: 0.02, day: 0.05 }, sg2: 0.01, sw2: 0.4 };
  expectAlike(readMessage(file('design.json')), call('design', { layout, control: 'control', variances }));
  const given = ['--sb2', 'batch=0.02', '--sb2', 'day=0.05', '--sg2', '0.01', '--sw2', '0.4'];
  run('pilot', '--layout', file('layout.csv'), '--control', 'control', ...given, '-o', file('pilot.json'));
  expectAlike(readMessage(file('pilot.json')), call('pilot', { layout, control: 'control', variances }));
});

const settings = { loss: 'steady_state', genes: 20, seed: 3, members: 1, epochs: 10 };
for (const model of ['linear', 'saturating', 'production_decay', 'neural', 'neural_decay']) {
  await test(`ten steps of a fit and predictions from it: ${model}`, () => {
    run(
      ...[
        'fit',
        '--screen',
        file('screen.json'),
        '--model',
        model,
        '--loss',
        settings.loss,
        '--genes',
        String(settings.genes),
      ],
      ...['--seed', String(settings.seed), '--members', '1', '--epochs', '10', '-o', file(`${model}.json`)],
    );
    const native = readMessage(file(`${model}.json`));
    const module = fitInModule(...carrying('screen', screen, { model, ...settings }));
    // Training is in single precision; what it reports is compared where it is larger than that precision.
    const trained = (fit) => ({
      json: inlined(fit).members.map(({ seed, parameters }) => ({ seed, parameters })),
      bytes: fit.bytes,
    });
    expectAlike(trained(native), trained(module), 1);

    const edit = native.json.edits[0];
    run(
      ...[
        'predict',
        '--fit',
        file(`${model}.json`),
        '--edit',
        edit,
        '--times',
        '2,4',
        '-o',
        file('predict.json'),
      ],
    );
    const request = { edits: [edit], times: [2, 4] };
    expectAlike(
      readMessage(file('predict.json')),
      call('predict', ...carrying('fit', native, request)),
      1e-3,
    );

    // How many steps a search takes is rounding: what rests on one answer for each edit is compared.
    run('links', '--fit', file(`${model}.json`), '--starts', '0', '-o', file('links.json'));
    const atRest = (message) => {
      const { equilibrium, edges, edits } = inlined(message);
      return { json: { equilibrium, edges, edits }, bytes: new Uint8Array(0) };
    };
    expectAlike(
      atRest(readMessage(file('links.json'))),
      atRest(jobInModule('links', ...carrying('fit', native, { starts: 0 }))),
      1e-3,
    );

    const stages = [
      { edits: [edit], duration: 1.5 },
      { edits: [native.json.edits[1]], duration: 2 },
    ];
    writeFileSync(file('stages.json'), JSON.stringify({ name: 'both', stages }));
    const protocol = file('protocol.json');
    run('protocol', '--fit', file(`${model}.json`), '--protocol', file('stages.json'), '-o', protocol);
    // How closely the operator's properties hold is rounding alone: it is not compared.
    const answer = (message) => {
      const { protocols, error, warnings } = inlined(message);
      return { json: { protocols, error, warnings }, bytes: new Uint8Array(0) };
    };
    const protocols = [{ name: 'both', stages }];
    expectAlike(
      answer(readMessage(protocol)),
      answer(call('protocol', ...carrying('fit', native, { protocols }))),
      1e-3,
    );
  });
}

// Training is in single precision, where the two builds' matrix products and hyperbolic tangents differ in the last
// bits, and training amplifies that. What a person reads from a whole run must not depend on the door all the same: the
// held-out error relative to no change to `trainingTolerance`, the verdict word for word.
const trainingTolerance = 0.01;
for (const model of ['production_decay', 'neural']) {
  await test(`a whole training run: ${model}`, () => {
    const whole = { loss: 'controls_as_data', genes: 20, seed: 5, members: 2, split: 'perturbation' };
    const flags = Object.entries(whole).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const path = file(`whole_${model}.json`);
    run('fit', '--screen', file('screen.json'), '--model', model, ...flags, '-o', path);
    const native = readMessage(path).json;
    const module = fitInModule(...carrying('screen', screen, { model, ...whole })).json;
    if (JSON.stringify(native.split) !== JSON.stringify(module.split))
      throw new Error('other edits are held out');
    native.scores.forEach((one, at) => {
      const other = module.scores[at];
      const [a, b] = [one.relative_to_no_change, other.relative_to_no_change];
      if (one.name !== other.name || !(Math.abs(a - b) <= trainingTolerance))
        throw new Error(`${one.name} has ${a} natively and ${other.name} has ${b} in the module`);
    });
    const [said, heard] = [native.verdict, module.verdict].map((verdict) =>
      verdict.join(' ').replace(/[\d.]+/g, '#'),
    );
    if (said !== heard) throw new Error(`natively "${said}", in the module "${heard}"`);
  });
}

await test('a refusal has the same code at both doors', () => {
  const request = {
    layout: { conditions: ['A', 'B'], batches: ['b1'], levels: [], cells: [[1], [2]] },
    control: 'none',
  };
  const module = wasm.call(
    'design',
    JSON.stringify({ ...request, variances: { sb2: 0, sg2: 0, sw2: 1 } }),
    new Uint8Array(0),
  );
  writeFileSync(file('layout.csv'), 'condition,b1\nA,1\nB,2\n');
  let said = '';
  try {
    run(
      'design',
      '--layout',
      file('layout.csv'),
      '--control',
      'none',
      '--sb2',
      '0',
      '--sg2',
      '0',
      '--sw2',
      '1',
    );
  } catch (error) {
    if (error.status !== 1) throw error;
    said = error.message;
  }
  if (module.ok || !said.includes(module.code))
    throw new Error(`the module says ${module.code}; the command line says ${said}`);
});

rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
