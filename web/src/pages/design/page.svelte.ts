import { plainRequest, requestWith, rowOf, tableOf } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { ComponentsDocument, Layout, StoredMatrix } from '../../state/documents';
import { session } from '../../state/session.svelte';
import {
  designRequest,
  finest,
  initialChoices,
  readyRequest,
  renamedLevels,
  typicalScreens,
  varianceRequest,
  variancesOf,
  type DesignChoices,
  type ReadyLayout,
  type Variances,
  type VarianceSource,
} from './choices';
import { columnsFrom, withColumns } from './conditionColumns';
import type { ContrastPreset } from './contrastPresets';
import { withCells, type GridChange } from './grid';
import { problemOfScreen, problemOfStates, type Contrast, type Problem } from './layout';
import { LiveDesign } from './live.svelte';
import { geneComponents, initialPower, type NoiseChoice, type PowerChoice } from './parts';
import { pinOf, withPin } from './pins';
import { typicalVariances, type TypicalGene } from './typical';

/** What the `layout` command answers. */
interface LayoutDocument extends Omit<Layout, 'cells'> {
  cells: StoredMatrix;
  control: string[];
  /** Absent: every condition against the controls. */
  contrasts?: Contrast[];
}

function layoutOf(reply: CoreMessage<LayoutDocument>): Layout {
  const { conditions, batches, levels, about } = reply.json;
  const table = tableOf(reply, reply.json.cells);
  const cells = conditions.map((_, row) => [...rowOf(table, row)]);
  return { conditions, batches, levels, cells, ...columnsFrom(conditions, about) };
}

/** After so many changed cells a fresh session is cheaper than the list of them. */
const manyEdits = 500;

/** What the Design page holds while it is open: the choices, which the session keeps, and the answer to them. */
export class DesignPage {
  choices: DesignChoices = $state.raw(initialChoices());
  /** What the screen could not tell about its variances. */
  missing: string[] = $state.raw([]);
  error: CoreError | null = $state.raw(null);
  readonly live = new LiveDesign(undefined, (document) => session.design.complete(document));

  #request: Record<string, unknown> | null = null;
  #edits: { row: number; batch: number; cells: number }[] = [];
  #makings = 0;

  /** Takes up what the session holds, or starts with the ready layout, or with the loaded screen's own. */
  async start(): Promise<void> {
    const kept = session.design.parameters as Partial<DesignChoices>;
    if (kept.problem) {
      // Projects of older versions lack what was added since.
      const screenPower = { ...initialPower, ...kept.screenPower };
      this.#set({ ...initialChoices(), ...kept, screenPower }, true);
      return;
    }
    const screen = session.screen?.json;
    if (screen && screen.batches.length > 0 && screen.conditions.some((condition) => condition.control)) {
      this.takeScreen();
    } else if ((session.states?.json.found.batches.length ?? 0) > 1) {
      this.takeScreen();
    } else {
      await this.makeReady(this.choices.ready);
    }
  }

  close(): void {
    this.live.close();
  }

  async makeReady(ready: ReadyLayout): Promise<void> {
    const making = ++this.#makings;
    this.choices = { ...this.choices, ready };
    try {
      const reply = await core.call<LayoutDocument>('layout', plainRequest(readyRequest(ready)));
      if (making !== this.#makings) return;
      const { control, contrasts } = reply.json;
      const problem: Problem = { layout: layoutOf(reply), control, contrasts: contrasts ?? null };
      this.error = null;
      this.#set({ ...this.choices, origin: 'ready', problem }, true);
    } catch (thrown) {
      if (making === this.#makings) this.error = CoreError.from(thrown);
    }
  }

  /** A layout from a file; the core reads it. Throws what it refuses: the layout here stays. */
  async takeFile(file: File): Promise<void> {
    const making = ++this.#makings;
    const reply = await core.call<LayoutDocument>(
      'layout',
      plainRequest({ text: await file.text(), file: file.name }),
    );
    if (making === this.#makings) this.takeLayout(layoutOf(reply), 'file');
  }

  takeScreen(): void {
    const { screen, states } = session;
    if (!screen && !states) return;
    this.#makings += 1;
    const problem = screen ? problemOfScreen(screen) : problemOfStates(states!.json);
    this.#set({ ...this.choices, origin: 'screen', problem }, true);
    // What this screen says of itself stands above what others are like.
    const borrowed = typicalScreens.some((typical) => typical.id === this.choices.source);
    if (borrowed && session.components.result) this.setSource('screen');
  }

  takeLayout(layout: Layout, origin: 'file' | 'edited'): void {
    this.#makings += 1;
    const before = this.choices.problem;
    const kept = before?.control.filter((name) => layout.conditions.includes(name)) ?? [];
    const guess = layout.conditions.find((name) => /control|non.?target|\bnt\b|scrambl|safe/i.test(name));
    const control = kept.length > 0 ? kept : [guess ?? layout.conditions[0]!];
    const contrasts = origin === 'edited' ? (before?.contrasts ?? null) : null;
    this.#set({ ...this.choices, origin, problem: { layout, control, contrasts } }, true);
  }

  takeGrid(change: GridChange): void {
    const problem = this.choices.problem;
    if (!problem) return;
    if (change.kind === 'layout') {
      this.takeRenamed(problem, change.layout);
      return;
    }
    this.#makings += 1;
    this.#edits = [...this.#edits, ...change.edits];
    const layout = withCells(problem.layout, change.edits);
    this.#set(
      { ...this.choices, origin: 'edited', problem: { ...problem, layout } },
      this.#edits.length > manyEdits,
    );
  }

  /** Names moved: the controls and the contrasts follow them. */
  private takeRenamed(before: Problem, layout: Layout): void {
    this.#makings += 1;
    const now = (name: string) => layout.conditions[before.layout.conditions.indexOf(name)] ?? name;
    const contrasts =
      before.contrasts?.map((contrast) => ({
        name: now(contrast.name),
        terms: contrast.terms.map((term) => ({ ...term, condition: now(term.condition) })),
      })) ?? null;
    const problem = { layout, control: before.control.map(now), contrasts };
    const variances = renamedLevels(this.choices.variances, before.layout, layout);
    this.#set({ ...this.choices, origin: 'edited', problem, variances }, true);
  }

  setControl(control: string[]): void {
    const problem = this.choices.problem;
    if (problem) this.#set({ ...this.choices, problem: { ...problem, control, contrasts: null } }, true);
  }

  setPreset(preset: ContrastPreset): void {
    this.#set({ ...this.choices, preset }, true);
  }

  /** Columns of perturbation, medium, time and guides, to be filled in. */
  addColumns(): void {
    const problem = this.choices.problem;
    if (problem) this.takeLayout(withColumns(problem.layout, problem.control), 'edited');
  }

  setVariances(variances: Variances): void {
    this.#set({ ...this.choices, source: 'typed', variances }, false);
  }

  setFixed(fixed: boolean): void {
    this.#set({ ...this.choices, fixed }, false);
  }

  setErrorRates(rates: Partial<Pick<DesignChoices, 'alpha' | 'power'>>): void {
    this.#set({ ...this.choices, ...rates }, true);
  }

  setPower(screenPower: PowerChoice): void {
    this.#set({ ...this.choices, screenPower }, true);
  }

  setNoise(noise: NoiseChoice): void {
    this.#set({ ...this.choices, noise }, false);
  }

  /** Keeps the answer that stands on the page beside those kept before. */
  pin(name: string): void {
    const pin = pinOf(name, this.choices, this.live.document?.json ?? null);
    if (pin === null) return;
    this.choices = { ...this.choices, pins: withPin(this.choices.pins, pin) };
    session.design.change(this.choices as unknown as Record<string, unknown>);
  }

  unpin(number: number): void {
    this.choices = { ...this.choices, pins: this.choices.pins.toSpliced(number, 1) };
    session.design.change(this.choices as unknown as Record<string, unknown>);
  }

  takePin(number: number): void {
    const pin = this.choices.pins[number];
    if (pin === undefined) return;
    this.#makings += 1;
    const { problem, variances, fixed, noise } = pin;
    this.#set({ ...this.choices, origin: 'edited', source: 'typed', problem, variances, fixed, noise }, true);
  }

  setSource(
    source: VarianceSource,
    gene = this.choices.gene,
    typicalGene: TypicalGene = this.choices.typicalGene,
  ): void {
    this.missing = [];
    const components = session.components.result?.json;
    let variances = this.choices.variances;
    const preset = typicalScreens.find((screen) => screen.id === source);
    if (preset) variances = typicalVariances(preset.figures, typicalGene, finest);
    else if (source !== 'typed' && components) {
      const taken = variancesOf(components, source === 'gene' ? gene : null, variances);
      variances = taken.variances;
      this.missing = taken.missing;
    }
    this.#set({ ...this.choices, source, gene, typicalGene, variances }, false);
  }

  /** Estimates the screen's own variances, then uses them. */
  async estimate(): Promise<void> {
    const data = session.data.result;
    const step = session.components;
    if (data === null || step.progress !== null) return;
    step.begin('Estimating variances by REML');
    try {
      step.complete(
        await core.call<ComponentsDocument>('components', requestWith({}, { [data.json.kind]: data })),
      );
      this.setSource('screen');
      // Its genes can be asked about now.
      if (this.choices.screenPower.genes === 'screen') this.#set(this.choices, true);
    } catch (thrown) {
      step.fail(CoreError.from(thrown));
    }
  }

  #set(choices: DesignChoices, afresh: boolean): void {
    this.choices = choices;
    session.design.change(choices as unknown as Record<string, unknown>);
    if (choices.problem === null) return;
    if (afresh || this.#request === null) {
      const genes = geneComponents(session.components.result?.json ?? null);
      this.#request = designRequest(choices.problem, choices, genes);
      this.#edits = [];
    }
    this.live.want({
      request: this.#request,
      edits: this.#edits,
      variances: varianceRequest(choices.problem.layout, choices.variances, choices.noise),
      fixed: choices.fixed,
    });
  }
}
