import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/* The command line, for numbers that the page should show too. */

export const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.GROUNDWORK_COMMAND ?? `${root}build/native/groundwork`;

/** What `groundwork …` prints on standard output, as JSON. */
export function groundwork<T = Record<string, unknown>>(...words: string[]): T {
  if (!existsSync(program)) {
    throw new Error(
      `${program} is not there: run cmake --preset native && cmake --build --preset native first`,
    );
  }
  const text = execFileSync(program, words, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (text.trim() === '' ? {} : JSON.parse(text)) as T;
}
