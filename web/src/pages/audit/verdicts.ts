import type { AuditRow, Verdict } from '../../state/documents';
import { modelName } from '../fit/models';

/** A verdict has a shape and a word, so that colour is never the only signal. */
export const marks: Record<Verdict, string> = {
  supported: '✓',
  violated: '✕',
  undecided: '?',
  'not testable': '∅',
  'no data': '–',
};

export const words: Record<Verdict, string> = {
  supported: 'Supported',
  violated: 'Violated',
  undecided: 'Undecided',
  'not testable': 'Not testable with this design',
  'no data': 'No data',
};

const lossNames: Record<string, string> = {
  prediction: 'the prediction loss',
  controls_as_data: 'controls as data',
  steady_state: 'the steady-state loss',
};

/** What "use for the fit" sets, in words. */
export function choiceWords(choice: NonNullable<AuditRow['choice']>): string {
  const parts: string[] = [];
  if (choice.model !== undefined) parts.push(modelName(choice.model).toLowerCase());
  if (choice.centred !== undefined)
    parts.push(choice.centred ? 'a centred field' : 'a field that is not centred');
  if (choice.loss !== undefined) parts.push(lossNames[choice.loss] ?? choice.loss);
  return parts.join(', ');
}

/** Whether the sample that is missing is one that a layout can hold: then Design is the place to plan it. */
export function belongsInDesign(row: AuditRow): boolean {
  return row.verdict === 'not testable' && row.extra_sample !== null;
}
