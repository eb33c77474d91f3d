/**
 * Measurements out of the alerts of Cloud-OpsBench:
 * `LATENCY_DEGRADATION [Slow Response] | web-p90latency: Normal=2ms -> Current=9ms`.
 */
import type { MetricName, MetricValue } from '../../../src/core/analysis/snapshot.ts';

interface Alert {
  readonly type: string;
  readonly name: string;
  readonly evidence?: readonly string[];
}

const KINDS: readonly (readonly [RegExp, MetricName])[] = [
  [/\[cpu_cfs\].*?Val: ([\d.]+)()/, 'cpuThrottled'],
  [/\[cpu core\].*?Normal=([\d.]+).*?-> Cur(?:rent)?=([\d.]+)/, 'cpuUse'],
  [/\[TCP Retransmission\].*?Normal=([\d.]+).*?-> Cur(?:rent)?=([\d.]+)/, 'networkErrors'],
];
const LATENCY = /p\d+latency: Normal=([\d.]+)ms -> Current=([\d.]+)ms/g;

export function alertedMetrics(
  answer: unknown,
  { namespace, at }: { readonly namespace: string; readonly at: number },
): readonly MetricValue[] {
  const { alerts = [] } = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    readonly alerts?: readonly Alert[];
  };
  return alerts.flatMap(({ type, name, evidence = [] }) => {
    const about = type === 'Node' ? { kind: 'Node', name } : { kind: 'Deployment', namespace, name };
    return evidence.flatMap((line): readonly MetricValue[] => {
      const trips = [...line.matchAll(LATENCY)]
        .map(([, before, value]) => ({ before: Number(before), value: Number(value) }))
        .toSorted((a, b) => b.value / b.before - a.value / a.before);
      const [worst] = trips;
      if (worst !== undefined) return [{ about, name: 'roundTripMs', ...worst, at }];
      for (const [pattern, metric] of KINDS) {
        const match = pattern.exec(line);
        if (match === null) continue;
        const [, first = '', second = ''] = match;
        return second === ''
          ? [{ about, name: metric, value: Number(first), at }]
          : [{ about, name: metric, before: Number(first), value: Number(second), at }];
      }
      return [];
    });
  });
}
