import { formatNumber } from '../charts/numbers';

/** A column of a VirtualTable. */
export interface Column<Row> {
  key: string;
  title: string;
  /** CSS grid track. */
  width: string;
  number?: boolean;
  /** What the cell says. */
  text: (row: Row) => string;
  /** What the column is sorted by; no sorting without it. Missing values come last. */
  sort?: (row: Row) => number | string | null;
}

/** Words, sorted as they stand. */
export function wordColumn<Row>(
  key: string,
  title: string,
  width: string,
  text: (row: Row) => string,
): Column<Row> {
  return { key, title, width, text, sort: text };
}

/** A number to so many digits, sorted by its value; a stroke where there is none. */
export function numberColumn<Row>(
  key: string,
  title: string,
  width: string,
  value: (row: Row) => number | null,
  digits?: number,
): Column<Row> {
  return { key, title, width, number: true, text: (row) => formatNumber(value(row), digits), sort: value };
}
