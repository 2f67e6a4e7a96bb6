import { describe, expect, test, vi } from 'vitest';
import {
  commutatorRows,
  curvesOf,
  endRows,
  endsTable,
  mostMoved,
  stageText,
  trajectoriesTable,
} from '../../web/src/pages/protocols/answer';
import { protocolFigure } from '../../web/src/pages/protocols/figures';
import {
  editsBefore,
  firstProtocols,
  freshName,
  knownProtocols,
  moved,
  nextStage,
  stagesDocument,
  withoutCourse,
  type ProtocolChoice,
} from '../../web/src/pages/protocols/stages';
import type { FitDocument, ProtocolDocument } from '../../web/src/state/documents';
import type { CoreMessage } from '../../web/src/worker/message';

vi.mock('../../web/src/worker/core', () => ({ core: {} }));

const bytes = new Uint8Array(0);
const fitOf = (media: string[], edits: string[]) =>
  ({
    genes: ['A', 'B'],
    media,
    modality: 'knockout',
    times: [1, 4],
    time_unit: 'd',
    edit_model: {
      clamps: false,
      edits: edits.map((name) => ({
        name,
        target: null,
        usual_dose: name === 'drug' ? 5 : 1,
        trained: true,
      })),
    },
    observed: { edits: [] },
    state_zero: [1, 2],
  }) as unknown as FitDocument;
const fit = { json: fitOf(['base', 'RA'], ['A', 'drug']), bytes };

describe('protocols to begin with', () => {
  test('two orders of an edit and a medium where the fit has both', () => {
    const [one, other] = firstProtocols(fit.json);
    expect(one).toEqual({
      name: 'A, then RA',
      stages: [
        { medium: 'base', edits: ['A'], duration: 2 },
        { medium: 'RA', edits: [], duration: 2 },
      ],
    });
    expect(other!.stages).toEqual([...one!.stages].reverse());
    expect(other!.name).not.toBe(one!.name);
  });

  test('two edits in one medium; one edit early or late; unedited cells alone', () => {
    const names = (media: string[], edits: string[]) =>
      firstProtocols(fitOf(media, edits)).map(({ name }) => name);
    expect(names([''], ['A', 'B'])).toEqual(['A, then B', 'B, then A']);
    expect(names([''], ['A'])).toEqual(['A, then rest', 'rest, then A']);
    expect(names([''], [])).toEqual(['unedited']);
    expect(names(['base', 'RA'], [])).toEqual(['base, then RA', 'RA, then base']);
  });
});

test('a fit of one time, or a stack of models, has no course', () => {
  expect(withoutCourse(fit.json)).toBe(null);
  expect(withoutCourse({ ...fit.json, single_time: true })).toBe('time');
  expect(withoutCourse({ ...fit.json, model: 'recommended' })).toBe('stack');
});

describe('stages', () => {
  const stages = ['a', 'b', 'c'].map((medium) => ({ medium, edits: [], duration: 1 }));
  const order = (list: { medium: string }[]) => list.map(({ medium }) => medium).join('');

  test('move to a place, and no further than the ends', () => {
    expect(order(moved(stages, 0, 2))).toBe('bca');
    expect(order(moved(stages, 2, 0))).toBe('cab');
    expect(order(moved(stages, 1, 9))).toBe('acb');
  });

  test('an edit is at work in every later stage', () => {
    const protocol: ProtocolChoice = {
      name: 'x',
      stages: [
        { medium: 'base', edits: ['B'], duration: 1 },
        { medium: 'RA', edits: ['A'], duration: 3 },
      ],
    };
    expect(editsBefore(protocol, 0)).toEqual([]);
    expect(editsBefore(protocol, 1)).toEqual(['B']);
    expect(nextStage(protocol)).toEqual({ medium: 'RA', edits: [], duration: 3 });
  });

  test('names stay apart, and stored protocols of another fit are left out', () => {
    const own = [{ name: 'x', stages: [{ medium: 'base', edits: ['A'], duration: 1 }] }];
    expect(freshName(own, 'x')).toBe('x (2)');
    expect(knownProtocols(fit.json, own)).toEqual(own);
    expect(knownProtocols(fitOf(['serum'], ['A']), own)).toEqual([]);
    expect(knownProtocols(fit.json, undefined)).toEqual([]);
  });

  test('a file of the command line asks for inputs at their usual dose', () => {
    const document = stagesDocument(fit.json, {
      name: 'x',
      stages: [{ medium: 'RA', edits: ['A', 'drug'], duration: 1.5 }],
    });
    expect(document).toMatchObject({ kind: 'protocol_stages', name: 'x', time_unit: 'd' });
    expect(document.stages[0]).toEqual({
      medium: 'RA',
      edits: ['A', { name: 'drug', dose: 5 }],
      duration: 1.5,
    });
  });
});

const message = {
  json: {
    kind: 'protocol',
    genes: ['B', 'A'],
    members: 2,
    protocols: [
      {
        name: 'x',
        duration: 3,
        stages: [
          {
            medium: 'base',
            added: [{ name: 'A', dose: 1 }],
            edits: [{ name: 'A', dose: 1 }],
            start: 0,
            end: 1,
            end_at: 1,
          },
          { medium: 'RA', added: [], edits: [{ name: 'A', dose: 1 }], start: 1, end: 3, end_at: 2 },
        ],
        times: [0, 1, 3],
        mean: [
          [2, 1],
          [2.5, 1],
          [3, 0.5],
        ],
        low: [
          [2, 1],
          [2.4, 0.9],
          [2.8, null],
        ],
        high: [
          [2, 1],
          [2.6, 1.1],
          [3.2, 0.6],
        ],
        reference: [
          [2, 1],
          [2, 1],
          [2.2, 1],
        ],
        effect: {
          mean: [
            [0, 0],
            [0.5, 0],
            [0.8, -0.5],
          ],
          low: [[0, 0], [], []],
          high: [[0, 0], [], []],
        },
        end: {
          state: [3, 0.5],
          sd: [0.3, null],
          reference: [2.2, 1],
          effect: [0.8, -0.5],
          effect_sd: [0.1, 0.1],
        },
        commutators: [
          {
            first: 1,
            second: 2,
            norm: 0.5,
            spread: 0.1,
            rms: 0.35,
            relative: null,
            top: [{ gene: 'A', difference: -0.4 }],
          },
        ],
      },
    ],
    differences: [],
  },
  bytes,
} as unknown as CoreMessage<ProtocolDocument>;

describe('the answer', () => {
  test('curves start at zero, or are the effect on unedited cells', () => {
    const entry = message.json.protocols[0]!;
    expect([...curvesOf(message, entry, 'state').mean.values]).toEqual([0, 0, 0.5, 0, 1, -0.5]);
    expect([...curvesOf(message, entry, 'effect').mean.values]).toEqual([0, 0, 0.5, 0, 0.8, -0.5]);
    expect(mostMoved(message, 'state', 1)).toEqual(['B']);
  });

  test('ends are changes since the state of the fit at the start, gene by gene', () => {
    const [b, a] = endRows(message, fit as unknown as CoreMessage<FitDocument>, 'state');
    expect(b).toMatchObject({ gene: 'B', apart: 0 });
    expect(b!.ends[0]).toMatchObject({ change: 1, sd: 0.3, effect: 0.8 });
    expect(a!.ends[0]).toMatchObject({ change: -0.5, sd: null });
    const { columns, rows } = endsTable(message, fit as unknown as CoreMessage<FitDocument>);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toHaveLength(columns.length);
  });

  test('every time belongs to the stage that leads to it', () => {
    const { rows } = trajectoriesTable(message);
    expect(rows.map((row) => row[2])).toEqual([1, 1, 1, 1, 2, 2]);
    expect(rows.at(-1)!.slice(3)).toEqual(['A', 0.5, null, 0.6, 1, -0.5]);
  });

  test('a simulated sequence of the same name stands beside its protocol', () => {
    const truth = {
      kind: 'truth',
      genes: ['A'],
      conditions: [
        { edits: [{ name: 'A' }], medium: 'x', time: 3, control: false },
        { edits: [{ name: 'A' }], medium: 'RA', time: 3, control: false },
      ],
      effect: [[-0.6], [9]],
      composition: [0.1, 0],
    };
    const series = (shown: 'state' | 'effect') =>
      protocolFigure(message, fit.json, 'A', shown, truth).table.rows.filter((row) => row[1] === 'truth');
    expect(series('effect').map((row) => [row[2], row[3]])).toEqual([
      [0, 0],
      [3, -0.7],
    ]);
    expect(series('state')).toEqual([]);
  });

  test('a commutator names its stages', () => {
    const [row] = commutatorRows(message.json, 2);
    expect(row!.what).toBe('1 (base + adds A) ⇄ 2 (RA)');
    expect(stageText('', [], 1)).toBe('unedited');
  });
});
