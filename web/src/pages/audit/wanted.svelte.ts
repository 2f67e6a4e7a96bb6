/** A sample that an assumption lacks, carried from the audit to Design. */
export interface WantedSample {
  id: string;
  assumption: string;
  sample: string;
}

class Wanted {
  sample: WantedSample | null = $state.raw(null);
}

export const wanted = new Wanted();
