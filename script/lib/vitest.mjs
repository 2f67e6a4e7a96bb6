// Runs Vitest with a configuration of web/ and ends with `N passed, N failed, N skipped`. Argument: CONFIG.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'groundwork-vitest-'));
const report = join(folder, 'report.json');
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    process.argv[2],
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  { cwd: 'web', stdio: ['ignore', 'inherit', 'inherit'] },
);
let counts;
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that fails to load has no failed test of its own.
  counts = [
    numPassedTests,
    Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0),
    numPendingTests + numTodoTests,
  ];
} catch {
  counts = [0, 1, 0];
}
rmSync(folder, { recursive: true });
console.log(`${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped`);
process.exit(run.status === 0 && counts[1] === 0 ? 0 : 1);
