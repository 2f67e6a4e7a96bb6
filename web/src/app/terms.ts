/** Two lines for each of the field's terms that the page uses. */
export const terms = {
  control:
    'Cells whose guide targets nothing (non-targeting) or that had no drug. Every effect is a difference to them.',
  modality:
    'What a perturbation does to its target: a knock-out removes its activity, CRISPRi and CRISPRa lower or raise its synthesis, a drug acts from outside.',
  batch:
    'Cells that were handled together: a donor, a day, a lane, a library. What differs between batches is not an effect of an edit.',
  depth:
    'How many molecules were counted in a cell. States are compared after dividing by it; a gene that makes up much of it distorts all others.',
  'target left':
    'How much of the edited gene’s transcript is still counted, as a fold of control cells of the same batch. A knock-out may leave the transcript and still remove the protein.',
  condition:
    'Edits, medium, time and cell type together: cells of one condition should be in the same state.',
} as const;

export type TermName = keyof typeof terms;
