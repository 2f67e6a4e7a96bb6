import { requestWith } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { FitDocument, ProtocolDocument } from '../../state/documents';
import { session } from '../../state/session.svelte';
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
  type StageChoice,
} from './stages';

/** What a curve shows: the way from the start, or the distance to unedited cells in the same media. */
export type Shown = 'state' | 'effect';

export interface ProtocolsChoices {
  protocols: ProtocolChoice[];
  /** Empty: those that the protocols move most. */
  genes: string[];
  shown: Shown;
}

/** Protocols side by side and what the fitted model says of them; the answer follows every choice. */
export class ProtocolsPage {
  choices: ProtocolsChoices = $state.raw({ protocols: [], genes: [], shown: 'state' });
  error: CoreError | null = $state.raw(null);
  #busy = false;
  #again = false;

  start(fit: CoreMessage<FitDocument>): void {
    if (withoutCourse(fit.json) !== null) return;
    const kept = session.protocols.parameters as Partial<ProtocolsChoices>;
    const protocols = knownProtocols(fit.json, kept.protocols);
    const modelled = new Set(fit.json.genes);
    this.choices = {
      protocols: protocols.length > 0 ? protocols : firstProtocols(fit.json),
      genes: kept.genes?.filter((gene) => modelled.has(gene)) ?? [],
      shown: kept.shown ?? 'state',
    };
    this.#changed();
  }

  /** Of how it is shown; nothing is computed. */
  show(part: Partial<Pick<ProtocolsChoices, 'genes' | 'shown'>>): void {
    this.choices = { ...this.choices, ...part };
    this.#keep();
  }

  add(copyOf?: ProtocolChoice): void {
    const { protocols } = this.choices;
    const model = copyOf ?? protocols.at(-1)!;
    const name = freshName(protocols, copyOf === undefined ? `protocol ${protocols.length + 1}` : model.name);
    this.#take([...protocols, { name, stages: model.stages }]);
  }

  remove(at: number): void {
    this.#take(this.choices.protocols.filter((_, other) => other !== at));
  }

  /** A name that another protocol has is changed so that answers can be told apart. */
  rename(at: number, wanted: string): void {
    const others = this.choices.protocols.filter((_, other) => other !== at);
    const name = freshName(others, wanted.trim() || `protocol ${at + 1}`);
    this.#take(this.choices.protocols.map((one, other) => (other === at ? { ...one, name } : one)));
  }

  changeStage(at: number, stage: number, part: Partial<StageChoice>): void {
    this.#stages(at, (stages) => stages.map((one, other) => (other === stage ? { ...one, ...part } : one)));
  }

  addStage(at: number): void {
    this.#stages(at, (stages, protocol) => [...stages, nextStage(protocol)]);
  }

  removeStage(at: number, stage: number): void {
    this.#stages(at, (stages) => stages.filter((_, other) => other !== stage));
  }

  moveStage(at: number, from: number, to: number): void {
    this.#stages(at, (stages) => moved(stages, from, to));
  }

  #stages(at: number, change: (stages: StageChoice[], protocol: ProtocolChoice) => StageChoice[]): void {
    this.#take(
      this.choices.protocols.map((one, other) => {
        if (other !== at) return one;
        const protocol = { ...one, stages: change(one.stages, one) };
        // An edit persists: adding it again later says nothing.
        const stages = protocol.stages.map((stage, s) => ({
          ...stage,
          edits: stage.edits.filter((name) => !editsBefore(protocol, s).includes(name)),
        }));
        return { ...protocol, stages };
      }),
    );
  }

  #take(protocols: ProtocolChoice[]): void {
    this.choices = { ...this.choices, protocols };
    this.#changed();
  }

  #keep(): void {
    session.protocols.change(this.choices as unknown as Record<string, unknown>);
  }

  #changed(): void {
    this.#keep();
    if (this.#busy) this.#again = true;
    else void this.#answer();
  }

  async #answer(): Promise<void> {
    this.#busy = true;
    const step = session.protocols;
    try {
      do {
        this.#again = false;
        const fit = session.fit.result;
        if (fit === null) return;
        const protocols = this.choices.protocols.map((protocol) => stagesDocument(fit.json, protocol));
        if (step.progress === null) step.begin('Composing the stages');
        try {
          const answer = await core.call<ProtocolDocument>('protocol', requestWith({ protocols }, { fit }));
          if (this.#again) continue;
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
