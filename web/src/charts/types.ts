import type { EChartsCoreOption } from 'echarts/core';

export type Cell = string | number | boolean | null;

/** The numbers behind a figure, as the page lists them and as they are exported. */
export interface DataTable {
  columns: string[];
  rows: Cell[][];
}

/** Colours and faces of the theme in force. A figure asks for them when it is drawn, never before. */
export interface Tokens {
  ground: string;
  panel: string;
  ink: string;
  inkSoft: string;
  line: string;
  lineStrong: string;
  accent: string;
  control: string;
  empty: string;
  /** Okabe and Ito, in the order in which series take them. */
  series: string[];
  sequential: string[];
  diverging: string[];
  face: string;
}

/** A figure: how to draw it, what is in it, and what it shows in one sentence for those who do not see it. */
export interface Figure {
  option: (tokens: Tokens, width: number) => EChartsCoreOption;
  table: DataTable;
  description: string;
  /** CSS pixels. */
  height: number;
}
