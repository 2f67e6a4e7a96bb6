import { requestWith } from '../../worker/arrays';
import type { NextDocument } from '../../state/nextExperiment';
import { session, type NextParameters } from '../../state/session.svelte';
import { StepJob } from '../../state/stepJob';

/** "IRF1, STAT1+JAK2" as a list; edits are written as in a table of states. */
export function listOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,;\n]+/)
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
  ];
}

/** What the choices ask of the core; times are days. */
export function requestOf(choices: NextParameters): Record<string, unknown> {
  const request: Record<string, unknown> = {
    choose: choices.choose,
    repeats: choices.repeats,
    replicates: choices.replicates,
  };
  const edits = listOf(choices.edits);
  if (edits.length > 0) request.edits = edits;
  if (choices.media.length > 0) request.media = choices.media;
  if (choices.times.length > 0) request.times = choices.times;
  if (choices.target !== '') request.targets = { edits: listOf(choices.target) };
  return request;
}

const job = new StepJob<NextDocument>('next', session.next);

export const cancelRanking = (): void => job.cancel();

export async function startRanking(): Promise<void> {
  const fit = session.fit.result;
  const data = session.data.result;
  if (fit === null || data === null) return;
  const name = data.json.kind === 'states' ? 'states' : 'screen';
  await job.run(
    'Preparing',
    requestWith(requestOf(session.next.parameters), { fit, [name]: data }),
    () => session.fit.result,
    'Fit changed while this ran',
  );
}
