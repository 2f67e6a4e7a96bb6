import { textOf } from '../io/stateTable';
import { plainRequest, requestWith } from '../worker/arrays';
import { core } from '../worker/core';
import { CoreError } from '../worker/errors';
import type { CoreMessage } from '../worker/message';
import type { Modality, Scale, StatesDocument } from './documents';
import { session } from './session.svelte';

/** A table of states being opened, and what is chosen about it. The core reads it; nothing is read of it here. */
class StateTable {
  /** The text that is open, so that another time unit can be tried. */
  #text: { name: string; text: string } | null = null;

  async open(file: File): Promise<void> {
    session.data.hasInput = true;
    await this.#run(`Reading ${file.name}`, async () => {
      const text = await textOf(file);
      const message = await core.call<StatesDocument>('states', plainRequest({ text, file: file.name }));
      this.#text = { name: file.name, text };
      return message;
    });
  }

  get canChangeUnit(): boolean {
    return this.#text !== null;
  }

  chooseScale(scale: Scale): Promise<void> {
    return this.#change({ scale });
  }

  chooseModality(modality: Modality): Promise<void> {
    return this.#change({ modality });
  }

  async chooseUnit(unit: string): Promise<void> {
    const [text, table] = [this.#text, session.states];
    if (text === null || table === null) return;
    const { scale, modality } = table.json;
    const request = { text: text.text, file: text.name, time_unit: unit, scale, modality };
    await this.#run('Reading the times again', () =>
      core.call<StatesDocument>('states', plainRequest(request)),
    );
  }

  async #change(part: { scale?: Scale; modality?: Modality }): Promise<void> {
    const states = session.states;
    if (states === null) return;
    await this.#run('Taking the table on', () =>
      core.call<StatesDocument>('states', requestWith(part, { states })),
    );
  }

  async #run(phase: string, work: () => Promise<CoreMessage<StatesDocument>>): Promise<void> {
    const step = session.data;
    if (step.progress !== null) return;
    step.begin(phase);
    try {
      step.complete(await work());
    } catch (thrown) {
      step.fail(CoreError.from(thrown));
    }
  }
}

export const stateTable = new StateTable();
