import { requestWith } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { FitDocument, PredictDocument } from '../../state/documents';
import { session } from '../../state/session.svelte';
import { atUsualDose, firstEdits, offersOf } from './offers';

export interface PredictChoices {
  edits: string[];
  medium: string;
  /** Days. */
  times: number[];
  /** Empty: those that change most. */
  genes: string[];
}

/** Points of a drawn trajectory. */
const drawn = 41;
/** Trajectories shown when no gene is named. */
export const shownGenes = 6;
/** Rows of the figure of changes. */
export const shownAtOnce = 15;

/** What the Predict page asks of the fitted model; the answer is cheap and follows every choice. */
export class PredictPage {
  choices: PredictChoices = $state.raw({ edits: [], medium: '', times: [], genes: [] });
  /** The same edit on a fine grid of times, for drawing. */
  trajectory: CoreMessage<PredictDocument> | null = $state.raw(null);
  error: CoreError | null = $state.raw(null);

  #busy = false;
  #again = false;

  /** Takes up the choices of the session as far as this fit can speak about them. */
  start(fit: CoreMessage<FitDocument>): void {
    const kept = session.predict.parameters as Partial<PredictChoices>;
    const offered = new Set(offersOf(fit.json).map((offer) => offer.name));
    const edits = kept.edits?.filter((name) => offered.has(name)) ?? [];
    const modelled = new Set(fit.json.genes);
    this.trajectory = null;
    this.change({
      edits: kept.edits !== undefined && edits.length === kept.edits.length ? edits : firstEdits(fit.json),
      medium:
        kept.medium !== undefined && fit.json.media.includes(kept.medium) ? kept.medium : fit.json.media[0]!,
      times: kept.times && kept.times.length > 0 && !fit.json.single_time ? kept.times : fit.json.times,
      genes: kept.genes?.filter((gene) => modelled.has(gene)) ?? [],
    });
  }

  change(part: Partial<PredictChoices>): void {
    this.choices = { ...this.choices, ...part };
    session.predict.change(this.choices as unknown as Record<string, unknown>);
    if (this.#busy) this.#again = true;
    else void this.#answer();
  }

  async #answer(): Promise<void> {
    this.#busy = true;
    const step = session.predict;
    try {
      do {
        this.#again = false;
        const fit = session.fit.result;
        if (fit === null) return;
        const { medium, times } = this.choices;
        const edits = this.choices.edits.map((name) => atUsualDose(fit.json, name));
        if (step.progress === null) step.begin('Predicting');
        const ask = (at: number[]) =>
          core.call<PredictDocument>('predict', requestWith({ edits, medium, times: at }, { fit }));
        try {
          const answer = await ask(times);
          const fine = fit.json.single_time ? null : await ask(fineTimes(times));
          if (this.#again) continue;
          this.trajectory = fine;
          this.error = null;
          step.complete(answer);
        } catch (thrown) {
          this.error = CoreError.from(thrown);
          step.stop();
        }
      } while (this.#again);
    } finally {
      this.#busy = false;
      if (step.progress !== null) step.stop();
    }
  }
}

/** From the edit to the last time asked for, evenly, with the times asked for among them. */
export function fineTimes(times: readonly number[]): number[] {
  const last = Math.max(...times);
  const even = Array.from({ length: drawn }, (_, i) => (last * i) / (drawn - 1));
  return [...new Set([...even, ...times])].sort((a, b) => a - b);
}
