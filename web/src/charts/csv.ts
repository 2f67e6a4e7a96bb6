import type { Cell, DataTable } from './types';

function field(value: Cell): string {
  if (value === null) return '';
  const text = typeof value === 'string' ? value : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Plain machine format: full precision, a point, empty for what does not exist (RFC 4180 quoting). */
export function toCsv(table: DataTable): string {
  return [table.columns, ...table.rows].map((row) => row.map(field).join(',')).join('\n') + '\n';
}

/** The same for a spreadsheet's clipboard; tabs and line ends inside a field become spaces. */
export function toTabs(table: DataTable): string {
  const plain = (value: Cell) => (value === null ? '' : String(value).replace(/[\t\r\n]+/g, ' '));
  return [table.columns, ...table.rows].map((row) => row.map(plain).join('\t')).join('\n') + '\n';
}

/** Rows of fields; quotes as in RFC 4180, separator comma, semicolon or tab, whichever the first line has most of. */
export function parseCsv(text: string): string[][] {
  const first = text.slice(0, text.search(/\r?\n|$/));
  const count = (separator: string) => first.split(separator).length;
  const separator = [',', '\t', ';'].reduce((best, next) => (count(next) > count(best) ? next : best));
  const rows: string[][] = [];
  let row: string[] = [];
  let value = '';
  let quoted = false;
  const endField = () => {
    row.push(value);
    value = '';
  };
  const endRow = () => {
    endField();
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length; ++i) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') value += c;
      else if (text[i + 1] === '"') {
        value += '"';
        ++i;
      } else quoted = false;
    } else if (c === '"' && value === '') quoted = true;
    else if (c === separator) endField();
    else if (c === '\n') endRow();
    else if (c !== '\r') value += c;
  }
  endRow();
  return rows;
}
