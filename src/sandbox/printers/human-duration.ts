/** Ages as kubectl shows them. https://pkg.go.dev/k8s.io/apimachinery/pkg/util/duration#HumanDuration */
import { fromTimestamp } from '../../std/clock.ts';
import { asText } from '../machinery/json.ts';

/** `95s`, `3m20s`, `5h`, `2d3h`, `400d`, `3y1d`: two units at most, the smaller one only while it says something. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', [seconds % 60, 's']);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return two(hours, 'h', [minutes % 60, 'm']);
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return two(days, 'd', [hours % 24, 'h']);
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 2920 ? two(years, 'y', [days % 365, 'd']) : `${years}y`;
}

const two = (large: number, unit: string, [small, smallUnit]: readonly [number, string]): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;

/** Since an RFC 3339 instant; `<unknown>` where there is none. */
export function ageOf(timestamp: unknown, now: number): string {
  const at = fromTimestamp(asText(timestamp));
  return at === undefined ? '<unknown>' : humanDuration(now - at);
}
