import { requestWith } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import type { NextDocument } from '../../state/nextExperiment';
import { project } from '../../state/project.svelte';
import { session, type NextParameters } from '../../state/session.svelte';

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

/** The ranking under way; it goes on while the person looks at other pages. */
class NextRun {
  #stop: AbortController | null = null;

  async start(): Promise<void> {
    const step = session.next;
    const fit = session.fit.result;
    const data = session.data.result;
    if (fit === null || data === null || step.progress !== null) return;
    const { generation } = project;
    const stop = new AbortController();
    this.#stop = stop;
    step.begin('Preparing');
    try {
      const name = data.json.kind === 'states' ? 'states' : 'screen';
      const { message, finished } = await core.job<NextDocument>(
        'next',
        requestWith(requestOf(step.parameters), { fit, [name]: data }),
        { signal: stop.signal, onProgress: (progress) => step.report(progress.fraction, progress.phase) },
      ).end;
      if (project.generation !== generation) return;
      if (!finished) step.stop();
      else {
        step.complete(message);
        if (session.fit.result !== fit) step.markOutOfDate('the fit changed while this ran');
      }
    } catch (thrown) {
      if (project.generation !== generation) return;
      if (isCancelled(thrown) && stop.signal.aborted) step.stop();
      else step.fail(CoreError.from(thrown));
    } finally {
      this.#stop = null;
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }
}

export const nextRun = new NextRun();
