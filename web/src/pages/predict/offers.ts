import type { FitDocument } from '../../state/documents';

/** An edit that the model can speak about. */
export interface Offer {
  name: string;
  /** trained: its cells trained the model; held out: measured, but not seen in training; unseen: never measured. */
  kind: 'trained' | 'held out' | 'unseen';
}

/** Whether an edit of any modelled gene means something to this field. */
function clampsGenes(fit: FitDocument): boolean {
  return fit.edit_model.clamps && fit.modality !== 'drug';
}

/** Every edit that the model can speak about: those that trained it, then those held out, then other genes of the model. */
export function offersOf(fit: FitDocument): Offer[] {
  const measured = new Set(fit.observed.edits.flatMap((edits) => edits.map((edit) => edit.name)));
  const offers: Offer[] = [];
  for (const edit of fit.edit_model.edits) {
    if (edit.trained) offers.push({ name: edit.name, kind: 'trained' });
    else if (edit.target !== null && clampsGenes(fit)) {
      offers.push({ name: edit.name, kind: measured.has(edit.name) ? 'held out' : 'unseen' });
    }
  }
  if (clampsGenes(fit)) {
    const known = new Set(fit.edit_model.edits.map((edit) => edit.name));
    for (const gene of fit.genes) if (!known.has(gene)) offers.push({ name: gene, kind: 'unseen' });
  }
  const rank = { trained: 0, 'held out': 1, unseen: 2 };
  return offers.sort((a, b) => rank[a.kind] - rank[b.kind] || (a.name < b.name ? -1 : 1));
}

/** Why an edit is not offered, and what would make it so. */
export function whyNot(fit: FitDocument, name: string): string {
  const known = fit.edit_model.edits.find((edit) => edit.name === name);
  const learned = 'so its effect can only be learned from cells that carry it';
  if (known && !clampsGenes(fit)) {
    return `${name} was held out of training, and this model learns edits only from cells that carry them: fit again without holding it out.`;
  }
  if (known) {
    return `${name} was held out of training and its target is not among the modelled genes, ${learned}: fit again without holding it out, or with its target among the genes.`;
  }
  if (!clampsGenes(fit))
    return `No cells of the training carry ${name}, and this model learns edits only from them.`;
  return `${name} is not among the modelled genes, ${learned}: fit again with it among the genes.`;
}

/** The edits first shown: what was held out says most about a model. */
export function firstEdits(fit: FitDocument): string[] {
  const offers = offersOf(fit);
  const first = offers.find((offer) => offer.kind === 'held out') ?? offers[0];
  return first === undefined ? [] : [first.name];
}

/** The panel's conditions that carry exactly these edits in this medium. */
export function measuredConditions(fit: FitDocument, edits: readonly string[], medium: string): number[] {
  const wanted = [...edits].sort().join('\n');
  return fit.observed.edits.flatMap((own, condition) =>
    own
      .map((edit) => edit.name)
      .sort()
      .join('\n') === wanted && fit.observed.media[condition] === medium
      ? [condition]
      : [],
  );
}

/** An input is asked for at the dose that it was usually given; an edit of a gene has none. */
export function atUsualDose(fit: FitDocument, name: string): string | { name: string; dose: number } {
  const entry = fit.edit_model.edits.find((edit) => edit.name === name);
  return entry?.target === null && entry.usual_dose !== undefined && entry.usual_dose !== 1
    ? { name, dose: entry.usual_dose }
    : name;
}
