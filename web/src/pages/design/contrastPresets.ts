/** Which contrasts are asked; '': what the layout came with, or every condition against the mean of the controls. */
export type ContrastPreset = '' | 'effect' | 'rate' | 'difference' | 'interaction' | 'order';

export const contrastPresets: { preset: ContrastPreset; name: string; meaning: string }[] = [
  {
    preset: '',
    name: 'Each edit against control',
    meaning: 'Every condition against the controls, or what the ready layout or the screen asks.',
  },
  {
    preset: 'effect',
    name: 'Effects at their own medium and time',
    meaning: 'Each edit less unedited cells of the same medium and time.',
  },
  {
    preset: 'rate',
    name: 'Rates',
    meaning:
      'The slope over time, per day, of an edit less unedited cells, by least squares over the times of both.',
  },
  {
    preset: 'difference',
    name: 'Differences in differences',
    meaning:
      'An effect at a later time less that at the first; and in a medium less that in the first medium.',
  },
  {
    preset: 'interaction',
    name: 'Interactions of pairs',
    meaning: 'A+B − A − B + unedited, in the same medium and at the same time.',
  },
  {
    preset: 'order',
    name: 'Order of media',
    meaning: 'Medium X>Y less medium Y>X; of an edit, less the same of unedited cells where there are some.',
  },
];
