/** Numbers as the page writes them: two or three significant digits, the locale's separators; a dash for what does not exist. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${mantissa!.replace('-', '−')} × 10${superscript(Number(exponent))}`;
  }
  const text = new Intl.NumberFormat(undefined, {
    maximumSignificantDigits: size >= 10 ** digits ? 21 : digits,
    maximumFractionDigits: size >= 10 ** digits ? 0 : 20,
  } as Intl.NumberFormatOptions).format(size >= 10 ** digits ? Math.round(value) : value);
  return text.replace('-', '−');
}

function superscript(exponent: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  const text = [...String(Math.abs(exponent))].map((digit) => digits[Number(digit)]).join('');
  return exponent < 0 ? `⁻${text}` : text;
}

export function formatInteger(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return new Intl.NumberFormat().format(Math.round(value));
}

/** "0.8 to 1.2", or the reason why there is no interval. */
export function formatInterval(
  low: number | null | undefined,
  high: number | null | undefined,
  absent = 'no interval',
): string {
  if (low === null || low === undefined || high === null || high === undefined) return absent;
  return `${formatNumber(low)} to ${formatNumber(high)}`;
}

/** "12 s", "3 min", "1 h 20 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

/** Axis labels: short, never "0.30000000000000004". */
export function axisNumber(value: number): string {
  return Number(value.toPrecision(6)).toString().replace('-', '−');
}
