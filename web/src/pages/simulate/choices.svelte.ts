import { firstChoices, type SimulateChoices } from './recipe';

/** The panel's choices while the page is open elsewhere; a recipe from a file takes their place. */
class KeptChoices {
  choices: SimulateChoices = $state.raw(firstChoices);
  own: { name: string; recipe: Record<string, unknown> } | null = $state.raw(null);

  change(part: Partial<SimulateChoices>): void {
    this.choices = { ...this.choices, ...part };
  }
}

export const simulateChoices = new KeptChoices();
