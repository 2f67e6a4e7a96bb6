import type { EffectsDocument } from './effects';
import type { GeneSetsFile } from '../io/geneSets';
import type { CoreMessage } from '../worker/message';
import type {
  AuditDocument,
  ComponentsDocument,
  DataDocument,
  DesignDocument,
  FitDocument,
  PredictDocument,
  ProtocolDocument,
  ScreenDocument,
  StatesDocument,
} from './documents';
import type { ComparisonDocument } from './comparison';
import type { AbundanceDocument } from './abundance';
import type { LinksDocument } from './links';
import type { NextDocument } from './nextExperiment';
import { Step, type AnyStep } from './step.svelte';

/** What the Design page chose; its owner is the page, the session only keeps it and saves it with the project. */
export type DesignParameters = Record<string, unknown>;
export interface EffectsParameters {
  fdr: number;
  /** The edited condition that is looked at; '' = the one with most hits. */
  condition: string;
  /** Absent in projects of before there were gene sets. */
  geneSets?: GeneSetsFile | null;
}
export interface AbundanceParameters {
  fdr: number;
  medium: string;
  /** Days to the harvest, for a screen without times. */
  samplingTime: number;
  /** The table of numbers at the start. */
  input: { name: string; text: string } | null;
  /** The edit that is looked at; '' = the surest. */
  edit: string;
}
export interface NextParameters {
  /** Names separated by commas; '' = those that the core offers. */
  edits: string;
  media: string[];
  /** Days; empty = the last one. */
  times: number[];
  /** The edit whose effect is to be learned; '' = all parameters. */
  target: string;
  choose: number;
  repeats: boolean;
  replicates: number;
}
export type FitParameters = Record<string, unknown>;
export type CompareParameters = Record<string, unknown>;
export type PredictParameters = Record<string, unknown>;
export interface LinksParameters {
  /** null: that of the fit's conditions. */
  medium: string | null;
  starts: number;
}
export type ProtocolsParameters = Record<string, unknown>;

/** What a simulated example says of itself; `truth` is its truth.json. */
export interface OpenExample {
  title: string;
  truth: unknown;
}

/** The analysis that is open: one step graph. Pages read it and write to it; nothing else is kept between pages. */
export class Session {
  readonly data = new Step<null, CoreMessage<DataDocument>>('data', 'Data', null);
  readonly components = new Step<null, CoreMessage<ComponentsDocument>>(
    'components',
    'Variance components',
    null,
    [this.data],
  );
  readonly effects = new Step<EffectsParameters, CoreMessage<EffectsDocument>>(
    'effects',
    'Effects',
    { fdr: 0.05, condition: '', geneSets: null },
    [this.data],
  );
  readonly abundance = new Step<AbundanceParameters, CoreMessage<AbundanceDocument>>(
    'abundance',
    'Abundance',
    { fdr: 0.05, medium: '', samplingTime: 7, input: null, edit: '' },
    [this.data],
  );
  /** Which assumptions of models the data support; depends on the data alone. */
  readonly audit = new Step<null, CoreMessage<AuditDocument>>('audit', 'Audit', null, [this.data]);
  readonly fit = new Step<FitParameters, CoreMessage<FitDocument>>(
    'fit',
    'Fit',
    {},
    [this.data],
    [this.components],
  );
  readonly compare = new Step<CompareParameters, CoreMessage<ComparisonDocument>>('compare', 'Compare', {}, [
    this.data,
  ]);
  readonly predict = new Step<PredictParameters, CoreMessage<PredictDocument>>('predict', 'Predict', {}, [
    this.fit,
  ]);
  readonly protocols = new Step<ProtocolsParameters, CoreMessage<ProtocolDocument>>(
    'protocols',
    'Protocols',
    {},
    [this.fit],
  );
  /** What to measure next under the fitted model. */
  readonly next = new Step<NextParameters, CoreMessage<NextDocument>>(
    'next',
    'Next experiment',
    { edits: '', media: [], times: [], target: '', choose: 3, repeats: false, replicates: 1 },
    [this.fit],
  );
  readonly links = new Step<LinksParameters, CoreMessage<LinksDocument>>(
    'links',
    'Links',
    { medium: null, starts: 24 },
    [this.fit],
  );
  /** Has a typed root of its own: without any data it is ready all the same. */
  readonly design = new Step<DesignParameters, CoreMessage<DesignDocument>>(
    'design',
    'Design',
    {},
    [],
    [this.components],
  );

  /** The bundled example that is open: it is simulated, so its truth is known. */
  example: OpenExample | null = $state.raw(null);

  constructor() {
    this.data.hasInput = false;
  }

  /** The data, where they are a screen of counted cells. */
  get screen(): CoreMessage<ScreenDocument> | null {
    const data = this.data.result;
    return data?.json.kind === 'screen' ? (data as CoreMessage<ScreenDocument>) : null;
  }

  /** The data, where they are a table of states. */
  get states(): CoreMessage<StatesDocument> | null {
    const data = this.data.result;
    return data?.json.kind === 'states' ? (data as CoreMessage<StatesDocument>) : null;
  }

  readonly steps = [
    this.data,
    this.components,
    this.effects,
    this.abundance,
    this.audit,
    this.fit,
    this.compare,
    this.predict,
    this.protocols,
    this.links,
    this.next,
    this.design,
  ] as const;
}

export const session = new Session();

/** The steps that have a page, in the order of the rail. */
export const railSteps: AnyStep[] = [
  session.data,
  session.effects,
  session.abundance,
  session.audit,
  session.fit,
  session.compare,
  session.predict,
  session.protocols,
  session.links,
  session.next,
  session.design,
];
