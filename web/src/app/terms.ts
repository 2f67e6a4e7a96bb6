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
  'variance components':
    's_b² is how much batches differ, s_g² how much groups differ within a batch beyond their cells, s_w² how much cells differ. All are of the natural log of expression.',
  'detectable change':
    'The least fold change that a test at this level finds with this power. A smaller one is usually missed.',
  'degrees of freedom':
    'How well the layout can estimate its own error (Satterthwaite). With fewer than about ten, intervals are much wider than normal ones; with none there is no interval.',
  confounded:
    'Two things that always change together, so that no amount of cells tells which of them caused a difference.',
  'false discovery rate':
    'The share of false alarms expected among what is called a hit (Benjamini and Hochberg over all edits and genes).',
  'gene set':
    'Genes that belong together, such as a pathway. Its score says whether they move more than the other genes do, allowing for genes that vary together.',
  efficacy:
    'How much of the effect of the other guides of the same edit a guide has: 1 is as much, 0 is nothing.',
  compartment:
    'Where a cell is in the host, by its type or tissue. An edit can change how many cells are in each as well as what they express.',
  drift:
    'How far a model moves unedited cells that it starts at their own state. Cells that rest should stay where they are.',
  protocol:
    'A sequence of stages: cells are moved to a medium, edits may be added, and time passes. An edit persists into the stages after it.',
  commutator:
    'How far the end state moves when two stages change places: nought where their order does not matter. ‖·‖₂ is the root of the sum of squares over all modelled genes.',
  'structural causal model':
    'One equation a gene that says what it is given the others, so that holding a gene replaces its equation and leaves the rest as they are.',
  'noise floor':
    'The error that even the true effects would have, because held-out conditions are measured with noise.',
} as const;

export type TermName = keyof typeof terms;
