/** Numbers as people read them; exports keep the machine's form. */

export function integer(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function bytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toPrecision(2)} GB`;
  return `${Math.max(1, Math.round(value / 1e6))} MB`;
}

export function percent(fraction: number): string {
  const value = fraction * 100;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}
