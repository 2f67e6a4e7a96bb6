// Writes examples/NAME/example.json (what one click needs: files and roles) and examples/index.json from
// examples/about.json and the summaries that `groundwork simulate` printed.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, summaries] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const write = (path, value) => writeFileSync(path, JSON.stringify(value, null, 2) + '\n');

const examples = read(join(folder, 'about.json')).map((about) => {
  const drawn = read(join(summaries, about.name + '.json'));
  const truth = read(join(folder, about.name, 'truth.json'));
  const bytes = drawn.files.reduce((sum, file) => sum + statSync(join(folder, about.name, file)).size, 0);
  const example = {
    kind: 'example',
    schema: 1,
    ...about,
    licence: 'simulated, public domain (CC0)',
    simulated: true,
    seed: drawn.seed,
    cells: drawn.cells,
    genes: drawn.genes,
    conditions: drawn.conditions,
    batches: drawn.batches,
    bytes,
    files: { counts: 'counts.csv.gz', cells: 'cells.csv.gz', truth: 'truth.json', recipe: 'recipe.json' },
    sampling_time: truth.sampling_time,
    roles: drawn.roles,
  };
  write(join(folder, about.name, 'example.json'), example);
  return {
    name: about.name,
    title: about.title,
    sentence: about.sentence,
    minutes: about.minutes,
    cells: drawn.cells,
    genes: drawn.genes,
    bytes,
  };
});
write(join(folder, 'index.json'), { kind: 'examples', schema: 1, examples });
