/* The document of `next` (docs/schemas/next.json). */

export interface ProspectEntry {
  edits: string;
  medium: string;
  /** Days. */
  time: number;
  unseen: boolean;
  /** Root mean square over genes, at the fitted parameters. */
  effect: number | null;
  /** Of the predicted effect, root mean over genes. */
  sd: number | null;
}

export interface CandidateEntry extends ProspectEntry {
  /** The same before any data. */
  prior_sd: number | null;
  /** Bits about all parameters. */
  information: number | null;
  /** Of the targets, once this is measured; null without targets. */
  target_sd: number | null;
}

export interface NextDocument {
  kind: 'next';
  schema: number;
  model: string;
  scale: 'log' | 'log2' | 'linear';
  criterion: 'parameters' | 'prediction';
  parameters: number;
  genes: number;
  replicates: number;
  conditions: CandidateEntry[];
  targets: ProspectEntry[];
  chosen: { condition: number; information: number | null; target_sd: number | null }[];
  value: number | null;
  bound: number | null;
  target_sd: number | null;
  even: { conditions: number[]; share: number } | null;
  verdict: string[];
  warnings: string[];
}
