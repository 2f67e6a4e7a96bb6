import type { Tokens } from './types';
import { axisNumber } from './numbers';

/** What all figures share: no animation, a tooltip that the page's policy allows (no inline style, no arrow), the theme's face. */
export function frame(tokens: Tokens) {
  return {
    animation: false,
    backgroundColor: tokens.ground,
    color: tokens.series,
    textStyle: { fontFamily: tokens.face, color: tokens.ink, fontSize: 12 },
    tooltip: {
      trigger: 'item' as const,
      confine: true,
      backgroundColor: tokens.ground,
      borderColor: tokens.lineStrong,
      borderWidth: 1,
      textStyle: { color: tokens.ink, fontSize: 13, fontFamily: tokens.face },
      extraCssText: 'box-shadow: none',
    },
  };
}

/** The plotting area, with axis labels and titles kept inside the picture. */
export function grid(over: Record<string, unknown> = {}) {
  return {
    left: 8,
    right: 16,
    top: 12,
    bottom: 8,
    outerBoundsMode: 'same',
    outerBoundsContain: 'all',
    ...over,
  };
}

function axis(tokens: Tokens, name: string) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameGap: 28,
    nameTextStyle: { color: tokens.inkSoft, fontSize: 12, lineHeight: 15, fontFamily: tokens.face },
    axisLine: { show: true, onZero: false, lineStyle: { color: tokens.lineStrong } },
    axisTick: { show: true, lineStyle: { color: tokens.lineStrong } },
  };
}

/** Breaks an axis title at spaces so that it fits the room along its axis (about 6.3 px a character). */
export function broken(name: string, room: number): string {
  const characters = Math.max(12, Math.floor(room / 6.3));
  const lines: string[] = [''];
  for (const word of name.split(' ')) {
    const line = lines[lines.length - 1]!;
    if (line !== '' && line.length + 1 + word.length > characters) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

/** A numeric axis; its title carries the unit, and says so when the scale is logarithmic. */
export function valueAxis(
  tokens: Tokens,
  name: string,
  over: Record<string, unknown> & {
    log?: boolean;
    /** Pixels along the axis that the title may take; unlimited unless told. */
    room?: number;
  } = {},
) {
  const { log = false, room = Infinity, ...rest } = over;
  return {
    ...axis(tokens, broken(log ? `${name} (log scale)` : name, room)),
    type: log ? ('log' as const) : ('value' as const),
    scale: true,
    axisLabel: { color: tokens.inkSoft, formatter: axisNumber, hideOverlap: true },
    splitLine: { show: true, lineStyle: { color: tokens.line, width: 1 } },
    ...rest,
  };
}

export function categoryAxis(
  tokens: Tokens,
  name: string,
  labels: readonly string[],
  over: Record<string, unknown> = {},
) {
  return {
    ...axis(tokens, name),
    type: 'category' as const,
    data: labels,
    axisTick: { show: false },
    axisLabel: { color: tokens.inkSoft, width: 130, overflow: 'truncate' },
    ...over,
  };
}

/** A line across the figure at a value that means something: zero, no change, the noise floor. */
export function referenceLine(
  tokens: Tokens,
  lines: readonly { value: number; label: string; axis: 'x' | 'y' }[],
  /** Where the label stands; on a category axis that runs downwards the top is the start. */
  position: 'start' | 'end' | 'insideEndTop' = 'end',
) {
  return {
    silent: true,
    symbol: 'none',
    animation: false,
    lineStyle: { color: tokens.inkSoft, width: 1, type: 'dashed' as const },
    label: {
      position,
      color: tokens.inkSoft,
      fontSize: 11,
      fontFamily: tokens.face,
      formatter: (line: { name: string }) => line.name,
    },
    data: lines.map((line) => ({
      name: line.label,
      ...(line.axis === 'x' ? { xAxis: line.value } : { yAxis: line.value }),
    })),
  };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => escapes[c]!);
}

/** Lines of a tooltip; the first is the name of the thing pointed at. */
export function tooltipLines(title: string, lines: readonly string[]): string {
  return [`<strong>${escapeHtml(title)}</strong>`, ...lines.map(escapeHtml)].join('<br>');
}

/** Shapes beside colours, in the same order. */
export const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow'] as const;

/** Dashes beside colours, for lines. */
export const dashes: (number[] | 'solid')[] = [
  'solid',
  [6, 3],
  [2, 3],
  [8, 3, 2, 3],
  [12, 4],
  [4, 2],
  [1, 2],
];
