import { parseTime, type Instant } from '@argosy/std';

function spanText(totalSeconds: number): string {
  const minutes = Math.floor(totalSeconds / 60);
  const hours = Math.floor(totalSeconds / 3600);
  const days = Math.floor(hours / 24);
  const years = Math.floor(days / 365);
  const two = (large: string, small: number, unit: string): string => (small === 0 ? large : `${large}${small}${unit}`);
  const rows: readonly (readonly [boolean, () => string])[] = [
    [totalSeconds < 120, () => `${totalSeconds}s`],
    [minutes < 10, () => two(`${minutes}m`, totalSeconds % 60, 's')],
    [hours < 3, () => `${minutes}m`],
    [hours < 8, () => two(`${hours}h`, minutes % 60, 'm')],
    [hours < 48, () => `${hours}h`],
    [days < 8, () => two(`${days}d`, hours % 24, 'h')],
    [days < 365 * 2, () => `${days}d`],
    [days < 365 * 8, () => two(`${years}y`, days % 365, 'd')],
  ];
  return rows.find(([fits]) => fits)?.[1]() ?? `${years}y`;
}

/** A span as tables show ages: `59s`, `5m30s`, `2d`. Negative spans are `0s`, or `<invalid>` beyond two seconds. */
export function durationText(milliseconds: number): string {
  const whole = Math.trunc(milliseconds / 1000);
  if (whole < -1) return '<invalid>';
  return whole < 0 ? '0s' : spanText(whole);
}

/** How long ago `time` (RFC 3339) was; `<unknown>` when it is missing or no time. */
export function ageText(time: unknown, now: Instant): string {
  const at = typeof time === 'string' ? parseTime(time) : undefined;
  return at === undefined ? '<unknown>' : durationText(now - at);
}
