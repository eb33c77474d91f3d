/** New amounts of CPU and memory for a container: absolute, inside their bounds, requests never above limits. */
import type { resizeActionSchema } from '../../api/action-template.ts';
import { given } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { compareQuantity, formatQuantity, parseQuantity, type Quantity } from '../../std/quantity.ts';
import type * as z from 'zod';

export type ResizeSpec = z.output<typeof resizeActionSchema>;
type Amounts = Readonly<Record<string, string>>;
export interface Resources {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

/**
 * Both resources, and what their amounts are rounded up to: a millicore; a MiB, or a MB where the amount is written in
 * decimal units.
 */
const NANO = 1_000_000_000n;
const stepOf = (resource: 'memory' | 'cpu', { format, nano }: Quantity): bigint => {
  if (resource === 'cpu') return NANO / 1000n;
  const step = (format === 'BinarySI' ? 1024n * 1024n : 1_000_000n) * NANO;
  // Below one step a whole one would be out of proportion: bytes then.
  return nano < step ? NANO : step;
};

interface Growth {
  readonly resource: 'memory' | 'cpu';
  readonly factor: number;
  readonly min?: Quantity;
  readonly max?: Quantity;
}

/** `whyNot`: what is wrong with the block. */
export function growthsOf(spec: ResizeSpec): Result<readonly Growth[]> {
  const growths: Growth[] = [];
  for (const resource of ['memory', 'cpu'] as const) {
    const growth = spec[resource];
    if (growth === undefined) continue;
    const [min, max] = [growth.min, growth.max].map((text) => (text === undefined ? undefined : parseQuantity(text)));
    for (const [name, text, value] of [
      ['min', growth.min, min],
      ['max', growth.max, max],
    ] as const)
      if (text !== undefined && value === undefined)
        return whyNot(`${resource}.${name} is not a quantity such as 512Mi or 500m: ${text}`);
    if (min !== undefined && max !== undefined && compareQuantity(min, max) > 0)
      return whyNot(`${resource}.min is above ${resource}.max`);
    growths.push({ resource, factor: growth.factor, ...given({ min, max }) });
  }
  return { value: growths };
}

/** Undefined: none of the amounts is set, so that there is nothing to multiply. */
export function resized(resources: Resources, growths: readonly Growth[]): Resources | undefined {
  const [requests, limits] = [{ ...resources.requests }, { ...resources.limits }];
  let found = false;
  for (const growth of growths) {
    const { resource } = growth;
    const limit = grown(limits[resource], growth);
    const request = grown(requests[resource], growth);
    if (limit !== undefined) limits[resource] = spelled(limit, limits[resource]);
    if (request !== undefined)
      requests[resource] = spelled(limit === undefined ? request : least(request, limit), requests[resource]);
    found ||= limit !== undefined || request !== undefined;
  }
  if (!found) return undefined;
  return {
    ...resources,
    ...given({
      requests: resources.requests && requests,
      limits: resources.limits && limits,
    }),
  };
}

const least = (a: Quantity, b: Quantity): Quantity => (compareQuantity(a, b) <= 0 ? a : b);
const most = (a: Quantity, b: Quantity): Quantity => (compareQuantity(a, b) >= 0 ? a : b);

/** The same amount keeps its spelling: `1024Mi` is no change to `1Gi`. */
function spelled(quantity: Quantity, before = ''): string {
  const old = parseQuantity(before);
  return old !== undefined && compareQuantity(old, quantity) === 0 ? before : formatQuantity(quantity);
}

/**
 * The factor counts in thousandths. An amount that is outside its bounds already is not moved against the direction:
 * with `factor: 2` and `max: 1Gi`, 2Gi stays 2Gi.
 */
function grown(text: string | undefined, { resource, factor, min, max }: Growth): Quantity | undefined {
  const present = text === undefined ? undefined : parseQuantity(text);
  if (present === undefined) return undefined;
  const step = stepOf(resource, present);
  const exact = (present.nano * BigInt(Math.round(factor * 1000)) + 999n) / 1000n;
  const raw: Quantity = { format: present.format, nano: ((exact + step - 1n) / step) * step };
  const floored = min === undefined ? raw : most(raw, min);
  const bounded = max === undefined ? floored : least(floored, max);
  return factor >= 1 ? most(bounded, present) : least(bounded, present);
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClass(
  containers: readonly { readonly resources?: Resources }[],
): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const amounts = (kind: 'requests' | 'limits', resources: Resources | undefined) =>
    Object.entries(resources?.[kind] ?? {}).filter(([name]) => name === 'cpu' || name === 'memory');
  if (
    containers.every(
      ({ resources }) => amounts('requests', resources).length === 0 && amounts('limits', resources).length === 0,
    )
  )
    return 'BestEffort';
  const guaranteed = containers.every(({ resources }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = parseQuantity(resources?.limits?.[name] ?? '');
      const request = parseQuantity(resources?.requests?.[name] ?? resources?.limits?.[name] ?? '');
      return limit !== undefined && request !== undefined && compareQuantity(limit, request) === 0;
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
