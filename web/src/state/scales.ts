import type { Scale } from './documents';

/** What a state on this scale is called on an axis; documents of before there were tables are on the natural one. */
export function scaleText(scale: Scale | undefined): string {
  switch (scale) {
    case 'log2':
      return 'log₂';
    case 'linear':
      return "table's units";
    default:
      return 'natural log';
  }
}
