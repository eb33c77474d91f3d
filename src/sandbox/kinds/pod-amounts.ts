/**
 * What a pod's containers ask for together: AggregateContainerRequests and AggregateContainerLimits of
 * k8s.io/component-helpers/resource.
 */
import { parseQuantity, type Quantity } from '../../std/quantity.ts';
import { asObject, asText, at, objectsOf } from '../machinery/json.ts';

export type Amounts = Map<string, Quantity>;

export const ZERO: Quantity = { nano: 0n, format: 'DecimalSI' };

/** Of two amounts; nothing takes the form of what is added to it. */
export const plus = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

export function addAmounts(amounts: Amounts, list: unknown): void {
  for (const [name, amount] of Object.entries(asObject(list) ?? {})) {
    const quantity = parseQuantity(asText(amount));
    if (quantity) amounts.set(name, plus(amounts.get(name) ?? ZERO, quantity));
  }
}

function atLeast(amounts: Amounts, others: Amounts): void {
  for (const [name, quantity] of others)
    if ((amounts.get(name)?.nano ?? -1n) < quantity.nano) amounts.set(name, quantity);
}

/** Containers that run one after the other count as the most of them. */
export function containerAmounts(spec: unknown, list: 'requests' | 'limits'): Amounts {
  const sum: Amounts = new Map();
  for (const container of objectsOf(at(spec, 'containers'))) addAmounts(sum, at(container, 'resources', list));
  const beside: Amounts = new Map();
  const most: Amounts = new Map();
  for (const container of objectsOf(at(spec, 'initContainers'))) {
    const amounts = at(container, 'resources', list);
    const stays = container['restartPolicy'] === 'Always';
    if (stays) {
      addAmounts(sum, amounts);
      addAmounts(beside, amounts);
    }
    const now: Amounts = new Map(beside);
    if (!stays) addAmounts(now, amounts);
    atLeast(most, now);
  }
  atLeast(sum, most);
  return sum;
}
