import type { Tokens } from './types';

/** Viridis, dark to light. */
const viridis = ['#440154', '#443983', '#31688e', '#21918c', '#35b779', '#90d743', '#fde725'];

/** Blue, grey, orange: the grey lies at zero and is close to the ground, so that no effect looks like nothing. */
const diverging = {
  light: ['#1f5fa0', '#7aa6d1', '#dfe2e5', '#eba66a', '#b85300'],
  dark: ['#6db3ee', '#3f6f99', '#3a424a', '#a3642c', '#f39a4b'],
};

/** The tokens of theme.css as the document has them now. */
export function readTokens(theme: 'light' | 'dark'): Tokens {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: token('raised'),
    panel: token('panel'),
    ink: token('ink'),
    inkSoft: token('ink-soft'),
    line: token('line'),
    lineStrong: token('line-strong'),
    accent: token('accent'),
    control: token('control'),
    empty: token('empty'),
    series: [1, 2, 3, 4, 5, 6, 7].map((n) => token(`series-${n}`)),
    sequential: viridis,
    diverging: diverging[theme],
    face: token('face'),
  };
}
