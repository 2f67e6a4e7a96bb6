import { expect, test } from 'vitest';
import { kept, type RecentProject } from '../../web/src/io/recent';
import { keptRoles, namesIn, noRoles } from '../../web/src/pages/data/roles';
import type { Description } from '../../web/src/io/found';

const project = (name: string, size: number): RecentProject => ({ name, when: 0, size });

test('the six newest projects are kept, within half a gigabyte', () => {
  const many = Array.from({ length: 9 }, (_, at) => project(`p${at}`, 1e6));
  expect(kept(many).map(({ name }) => name)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
  expect(kept([project('a', 3e8), project('b', 3e8)]).map(({ name }) => name)).toEqual(['a']);
  expect(kept([project('huge', 6e8)])).toEqual([]);
});

const described = (names: string[], proposed: Description['proposed']): Description => ({
  cells: 1,
  genes: { count: 1, first: [] },
  columns: names.map((name) => ({ name, kind: 'categorical', levels: [], level_count: 1, missing: 0 })),
  proposed,
  memory_bytes: 0,
  warnings: [],
});

test('a column named as metadata gets the role proposed for it, and what was chosen stays', () => {
  expect(namesIn(' batch no, s2 ,,s2')).toEqual(['batch no', 's2']);
  const before = described(['edit'], { perturbation: 'edit' });
  const after = described(['edit', 'plate7', 'note'], { perturbation: '', batch: ['plate7'] });
  const chosen = { ...noRoles, perturbation: 'edit', control: ['ntc'] };
  const roles = keptRoles(chosen, before, after);
  expect(roles).toMatchObject({ perturbation: 'edit', control: ['ntc'], batch: ['plate7'] });
  expect(keptRoles(roles, after, before)).toMatchObject({ perturbation: 'edit', batch: [] });
});
