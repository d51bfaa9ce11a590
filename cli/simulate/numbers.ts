/** Numbers for readers: the same everywhere, whatever the machine's language. */

const minute = 60;
const hour = 3600;

/** `1,234,567` */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `12.3k`, for narrow columns. */
export function shortCount(value: number): string {
  if (value < 10_000) return count(value);
  const [unit, name] = value < 999_500 ? [1e3, 'k'] : value < 999.5e6 ? [1e6, 'M'] : [1e9, 'G'];
  const part = value / unit;
  return `${part.toFixed(part < 99.95 ? 1 : 0)}${name}`;
}

/** `9.12 %` of a fraction; what is small keeps its digits, what is not nothing never looks so. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  if (value === 0) return '0 %';
  if (value >= 0.01) return `${value.toFixed(2)} %`;
  return value >= 0.0001 ? `${value.toFixed(4)} %` : '< 0.0001 %';
}

/** `1.07`, of a load ÷ its fair share. */
export function times(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}

/** `3 min 21 s`, `4.2 s`, `80 ms`. */
export function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 2 * minute) return `${whole} s`;
  if (whole < hour) return `${Math.floor(whole / minute)} min ${whole % minute} s`;
  return `${count(Math.floor(whole / hour))} h ${Math.floor((whole % hour) / minute)} min`;
}

/** `1.2 GB` */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let part = value;
  let unit = 0;
  while (part >= 999.5 && unit < units.length - 1) {
    part /= 1000;
    unit += 1;
  }
  return `${part.toFixed(unit === 0 || part >= 99.5 ? 0 : 1)} ${units[unit]}`;
}

/** `1 worker`, `3 workers` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
