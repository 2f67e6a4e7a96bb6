export type Theme = 'light' | 'dark';

const key = 'groundwork.theme';

function initial(): Theme {
  const stored = localStorage.getItem(key);
  if (stored === 'light' || stored === 'dark') return stored;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** The theme in force; plots read it so that they are drawn again when it changes. */
class ThemeState {
  current: Theme = $state(initial());

  apply(): void {
    document.documentElement.dataset.theme = this.current;
  }

  toggle(): void {
    this.current = this.current === 'light' ? 'dark' : 'light';
    localStorage.setItem(key, this.current);
    this.apply();
  }
}

export const theme = new ThemeState();
