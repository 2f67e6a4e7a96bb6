import { plainRequest } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import type { DesignChoices } from './choices';
import { pilotRequest, type PilotChoice, type PilotDocument } from './pilot';

/** The question asked of the core, and its answer. */
export class PilotRun {
  result: PilotDocument | null = $state.raw(null);
  error: CoreError | null = $state.raw(null);
  busy = $state(false);
  /** What the result is of: anything else is out of date. */
  asked = $state('');

  async run(choices: DesignChoices, pilot: PilotChoice): Promise<void> {
    if (this.busy || choices.problem === null) return;
    this.busy = true;
    this.error = null;
    const request = pilotRequest(choices, pilot);
    try {
      const reply = await core.call<PilotDocument>('pilot', plainRequest(request));
      this.result = reply.json;
      this.asked = JSON.stringify(request);
    } catch (thrown) {
      this.error = CoreError.from(thrown);
    } finally {
      this.busy = false;
    }
  }
}
