import type { FitDocument } from '../../state/documents';
import { atUsualDose, offersOf } from '../predict/offers';

/** What a person writes down: a protocol is a list of stages, and an edit made in one persists into the later ones. */
export interface StageChoice {
  medium: string;
  /** Added in this stage. */
  edits: string[];
  /** Days. */
  duration: number;
}
export interface ProtocolChoice {
  name: string;
  stages: StageChoice[];
}

/** What the core answers at once. */
export const mostProtocols = 12;
export const mostStages = 12;

/** Why a fit has no course to compose: it knows end states only, or it is a stack of models and not one field. */
export function withoutCourse(fit: FitDocument): 'time' | 'stack' | null {
  return fit.single_time ? 'time' : fit.model === 'recommended' ? 'stack' : null;
}

/** A name that none of the protocols has. */
export function freshName(protocols: readonly ProtocolChoice[], wanted: string): string {
  const taken = new Set(protocols.map(({ name }) => name));
  if (!taken.has(wanted)) return wanted;
  for (let i = 2; ; ++i) if (!taken.has(`${wanted} (${i})`)) return `${wanted} (${i})`;
}

/** Two orders of the same two stages, as far as the fit knows an edit, or a second medium, or a second edit. */
export function firstProtocols(fit: FitDocument): ProtocolChoice[] {
  const [base = '', other] = fit.media;
  const [one, two] = offersOf(fit).map(({ name }) => name);
  const whole = fit.times.at(-1) ?? 1;
  const half = whole / 2;
  const first: StageChoice = { medium: base, edits: one === undefined ? [] : [one], duration: half };
  const said = (stage: StageChoice) =>
    [...stage.edits, ...(other === undefined || stage.edits.length > 0 ? [] : [stage.medium])].join('+') ||
    'rest';
  const second: StageChoice | null =
    other !== undefined
      ? { medium: other, edits: [], duration: half }
      : one === undefined
        ? null
        : { medium: base, edits: two === undefined ? [] : [two], duration: half };
  if (second === null) return [{ name: 'unedited', stages: [{ medium: base, edits: [], duration: whole }] }];
  const name = (a: StageChoice, b: StageChoice) =>
    a.edits.length === 0 && other !== undefined && b.edits.length === 0
      ? `${a.medium || 'baseline'}, then ${b.medium || 'baseline'}`
      : `${said(a)}, then ${said(b)}`;
  return [
    { name: name(first, second), stages: [first, second] },
    { name: name(second, first), stages: [second, first] },
  ];
}

/** The stages with one of them at another place. */
export function moved(stages: readonly StageChoice[], from: number, to: number): StageChoice[] {
  const rest = stages.filter((_, at) => at !== from);
  rest.splice(Math.max(0, Math.min(to, rest.length)), 0, stages[from]!);
  return rest;
}

/** A stage to go on with: the medium of the last one, nothing added, as long as it was. */
export function nextStage(protocol: ProtocolChoice): StageChoice {
  const last = protocol.stages.at(-1)!;
  return { medium: last.medium, edits: [], duration: last.duration };
}

/** Edits at work before a stage: those that the stages before it added. */
export function editsBefore(protocol: ProtocolChoice, stage: number): string[] {
  return [...new Set(protocol.stages.slice(0, stage).flatMap(({ edits }) => edits))].sort();
}

/** Stored protocols as far as this fit can speak about them; none where something of them is unknown to it. */
export function knownProtocols(fit: FitDocument, stored: unknown): ProtocolChoice[] {
  if (!Array.isArray(stored)) return [];
  const offered = new Set(offersOf(fit).map(({ name }) => name));
  return (stored as ProtocolChoice[]).filter(({ stages }) =>
    stages.every(
      ({ medium, edits }) => fit.media.includes(medium) && edits.every((name) => offered.has(name)),
    ),
  );
}

/** A protocol as the command `protocol` takes it. */
export function stagesDocument(fit: FitDocument, protocol: ProtocolChoice) {
  return {
    kind: 'protocol_stages',
    schema: 1,
    name: protocol.name,
    time_unit: 'd',
    stages: protocol.stages.map(({ medium, edits, duration }) => ({
      medium,
      edits: edits.map((name) => atUsualDose(fit, name)),
      duration,
    })),
  };
}
