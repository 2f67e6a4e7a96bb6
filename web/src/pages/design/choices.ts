import type { ComponentsDocument, Layout } from '../../state/documents';
import type { ContrastPreset } from './contrastPresets';
import type { Contrast, Problem } from './layout';
import {
  initialPower,
  noNoise,
  partsRequest,
  type GeneComponents,
  type NoiseChoice,
  type PowerChoice,
} from './parts';
import type { Pin } from './pins';
import { typicalScreensFor, type TypicalGene, type TypicalScreen } from './typical';

/* What the person chose on the Design page; saved with the project. */

export type ReadyKind = 'complete' | 'one_batch_each' | 'controls_apart' | 'time_per_batch';

export interface ReadyLayout {
  kind: ReadyKind;
  conditions: number;
  batches: number;
  cells: number;
  control_cells: number;
  /** Days; only where time is part of the layout. */
  times: number[];
  /** How many of the batches hold the controls, where they are apart. */
  control_batches: number;
  /** Cells of one sample that every batch holds, where times are apart; 0: none. */
  bridge_cells: number;
}

export interface Variances {
  /** By level of batch, coarse to fine; the finest is called 'batch'. */
  sb2: Record<string, number>;
  sg2: number;
  sw2: number;
}

/** Where variances come from: a typical screen, the loaded one (pooled or one gene), or the person's own. */
export type VarianceSource = TypicalScreen['id'] | 'screen' | 'gene' | 'typed';

export interface DesignChoices {
  ready: ReadyLayout;
  /** 'ready' while the grid is what the ready layout made; otherwise where it came from. */
  origin: 'ready' | 'edited' | 'screen' | 'file';
  problem: Problem | null;
  preset: ContrastPreset;
  source: VarianceSource;
  /** Of a typical screen. */
  typicalGene: TypicalGene;
  gene: string;
  variances: Variances;
  fixed: boolean;
  alpha: number;
  power: number;
  screenPower: PowerChoice;
  noise: NoiseChoice;
  /** Up to four designs that were kept to be compared. */
  pins: Pin[];
}

export const finest = 'batch';

/** What our own `typical` command finds in published screens, rounded to two digits. */
export const typicalScreens: TypicalScreen[] = typicalScreensFor(finest);

export const typical: Variances = typicalScreens[0]!.variances;

export const readyLayouts: { kind: ReadyKind; name: string; meaning: string }[] = [
  {
    kind: 'complete',
    name: 'Complete, controls everywhere',
    meaning: 'Every condition in every batch, with controls in each.',
  },
  {
    kind: 'one_batch_each',
    name: 'Each edit in one batch, with controls',
    meaning: 'Edits are dealt out over the batches; every batch has its own controls.',
  },
  {
    kind: 'controls_apart',
    name: 'Controls in batches of their own',
    meaning: 'Edits and controls never share a batch: what many archives hold.',
  },
  {
    kind: 'time_per_batch',
    name: 'One time point in each batch',
    meaning:
      'A time course in which no batch holds two times. A bridging sample in every batch can link them.',
  },
];

export function initialChoices(): DesignChoices {
  return {
    ready: {
      kind: 'complete',
      conditions: 25,
      batches: 3,
      cells: 100,
      control_cells: 500,
      times: [2, 3, 4, 5],
      control_batches: 1,
      bridge_cells: 0,
    },
    origin: 'ready',
    problem: null,
    preset: '',
    source: 'typical',
    typicalGene: 'pooled',
    gene: '',
    variances: typical,
    fixed: false,
    alpha: 0.05,
    power: 0.8,
    screenPower: initialPower,
    noise: noNoise,
    pins: [],
  };
}

/** The request of the `layout` command for a ready layout. */
export function readyRequest(ready: ReadyLayout): Record<string, unknown> {
  const { times, control_batches, bridge_cells, ...rest } = ready;
  if (ready.kind === 'time_per_batch') return { ...rest, times, bridge_cells };
  return ready.kind === 'controls_apart' ? { ...rest, control_batches } : rest;
}

/** The variances after levels were renamed: each goes with its level. */
export function renamedLevels(given: Variances, before: Layout, after: Layout): Variances {
  const sb2 = { ...given.sb2 };
  for (const [l, { name }] of before.levels.entries()) {
    const now = after.levels[l]?.name;
    if (now !== undefined && now !== name && given.sb2[name] !== undefined) sb2[now] = given.sb2[name];
  }
  return { ...given, sb2 };
}

/** The levels whose variance the layout needs, coarse to fine. */
export function levelNames(layout: Layout): string[] {
  return [...layout.levels.map((level) => level.name), finest];
}

/** One variance for each level of the layout; a level that nobody gave a value takes none. */
export function variancesFor(layout: Layout, given: Variances): Variances {
  const names = levelNames(layout);
  return { ...given, sb2: Object.fromEntries(names.map((name) => [name, given.sb2[name] ?? 0])) };
}

/** The `variances` of a design request: one number where there is one level. */
export function varianceRequest(
  layout: Layout,
  given: Variances,
  noise: NoiseChoice = noNoise,
): Record<string, unknown> {
  const names = levelNames(layout);
  const { sb2, sg2, sw2 } = variancesFor(layout, given);
  const more = Object.fromEntries(Object.entries(noise).filter(([, value]) => value !== null));
  return { sb2: names.length === 1 ? sb2[finest] : sb2, sg2, sw2, ...more };
}

/** The request of the `design` command and of a design session; `genes`: of the loaded screen. */
export function designRequest(
  problem: Problem,
  choices: DesignChoices,
  genes: GeneComponents[] = [],
): Record<string, unknown> {
  return {
    layout: problem.layout,
    control: problem.control,
    variances: varianceRequest(problem.layout, choices.variances, choices.noise),
    fixed_batches: choices.fixed,
    confidence: 0.95,
    alpha: choices.alpha,
    power: choices.power,
    ...partsRequest(problem.layout, choices.screenPower, genes),
    ...contrastsAsked(problem, choices.preset),
  };
}

function contrastsAsked(problem: Problem, preset: ContrastPreset): Record<string, unknown> {
  if (preset !== '') return { contrast_preset: preset };
  return problem.contrasts === null ? {} : { contrasts: presentContrasts(problem) };
}

/** Contrasts whose conditions are all still rows of the grid. */
function presentContrasts(problem: Problem): Contrast[] {
  const names = new Set(problem.layout.conditions);
  return (problem.contrasts ?? []).filter((contrast) =>
    contrast.terms.every((term) => names.has(term.condition)),
  );
}

export interface TakenVariances {
  variances: Variances;
  /** What the screen could not tell, in sentences; the values before stand there instead. */
  missing: string[];
}

/** Variances from a screen's components, pooled or of one gene. What is not estimable keeps the value it had. */
export function variancesOf(
  components: ComponentsDocument,
  gene: string | null,
  before: Variances,
): TakenVariances {
  const entry = gene === null ? undefined : components.genes.find((one) => one.gene === gene);
  const from = entry ?? components.pooled;
  const missing: string[] = [];
  const take = (value: number | null | undefined, otherwise: number, name: string): number => {
    if (typeof value === 'number' && Number.isFinite(value)) return Number(value.toPrecision(4));
    missing.push(`${name} is not estimable from this screen: the value ${otherwise} before it was kept.`);
    return otherwise;
  };
  const last = components.levels.length - 1;
  const sb2 = Object.fromEntries(
    components.levels.map((level, l) => {
      const name = l === last ? finest : level;
      return [name, take(from.sb2[level], before.sb2[name] ?? 0, `Variance of ${level}`)];
    }),
  );
  return {
    variances: {
      sb2: last < 0 ? before.sb2 : sb2,
      sg2: take(from.sg2, before.sg2, 's_g²'),
      sw2: take(from.sw2, before.sw2, 's_w²'),
    },
    missing,
  };
}
