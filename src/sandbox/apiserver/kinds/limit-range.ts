/** LimitRanges: the limits that a namespace sets its pods, and the amounts that it fills in. */
import { parseQuantity } from '../../../std/quantity.ts';
import { type FieldError, invalidValue } from '../field-errors.ts';
import { asObject, asText, childOf, type Draft, objectsOf } from '../json.ts';
import type { Strategy } from '../registry.ts';

const amounts = (limit: Draft, field: string): Draft => asObject(limit[field]) ?? {};

/** What is not said follows from what is: the default from the maximum, the default request from the default or the minimum. */
function fillIn(limit: Draft): void {
  if (limit['type'] !== 'Container') return;
  const max = amounts(limit, 'max');
  const byDefault = { ...max, ...amounts(limit, 'default') };
  const requested = { ...amounts(limit, 'min'), ...byDefault, ...amounts(limit, 'defaultRequest') };
  if (Object.keys(byDefault).length > 0) limit['default'] = byDefault;
  if (Object.keys(requested).length > 0) limit['defaultRequest'] = requested;
}

function limitErrors(limit: Draft, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const min = amounts(limit, 'min');
  const nano = (value: unknown) => parseQuantity(asText(value))?.nano;
  const compare = (
    low: readonly [text: string, value: unknown],
    high: readonly [text: string, value: unknown],
    at: readonly [string, unknown],
  ) => {
    const [a, b] = [nano(low[1]), nano(high[1])];
    if (a === undefined || b === undefined || a <= b) return;
    errors.push(
      invalidValue(`${path}.${at[0]}`, at[1], `${low[0]} value ${asText(low[1])} is greater than ${high[0]} value ${asText(high[1])}`),
    );
  };
  for (const name of Object.keys({ ...min, ...amounts(limit, 'max') })) {
    const [least, most] = [min[name], amounts(limit, 'max')[name]];
    const [request, byDefault] = [amounts(limit, 'defaultRequest')[name], amounts(limit, 'default')[name]];
    compare(['min', least], ['max', most], [`min[${name}]`, least]);
    compare(['min', least], ['default request', request], [`defaultRequest[${name}]`, request]);
    compare(['default request', request], ['max', most], [`defaultRequest[${name}]`, request]);
    compare(['default request', request], ['default', byDefault], [`defaultRequest[${name}]`, request]);
    compare(['min', least], ['default', byDefault], [`default[${name}]`, least]);
    compare(['default', byDefault], ['max', most], [`default[${name}]`, byDefault]);
  }
  return errors;
}

export const LIMIT_RANGE: Strategy = {
  createOnUpdate: true,
  applyDefaults: (draft) => objectsOf(childOf(draft, 'spec')['limits']).forEach(fillIn),
  validate: (object) => objectsOf(childOf(object, 'spec')['limits']).flatMap((limit, index) => limitErrors(limit, `spec.limits[${index}]`)),
};
