/** What may be asked of a pod's log. */
import type { KubeObject } from '../../shapes/kube.ts';
import { badRequest, invalid } from '../machinery/errors.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asText, at, objectsOf } from '../machinery/json.ts';
import type { Query } from '../machinery/route.ts';

/** Throws 400 and 422. */
export function checkLogOptions(pod: KubeObject, query: Query): void {
  const { name } = pod.metadata;
  const errors: FieldError[] = [];
  const tail = Number(query.get('tailLines') ?? 0);
  if (tail < 0) errors.push(invalidValue('tailLines', tail, 'must be greater than or equal to 0'));
  const positive = (field: string): void => {
    const value = query.get(field) ?? '';
    if (value !== '' && Number(value) < 1) errors.push(invalidValue(field, Number(value), 'must be greater than 0'));
  };
  positive('limitBytes');
  if (query.has('sinceSeconds') && query.has('sinceTime'))
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else positive('sinceSeconds');
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
  const containers = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
    objectsOf(at(pod, 'spec', list)).map((container) => asText(container['name'])),
  );
  const main = objectsOf(at(pod, 'spec', 'containers')).map((container) => asText(container['name']));
  const wanted = query.get('container') ?? '';
  if (wanted !== '' && !containers.includes(wanted))
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  if (wanted === '' && main.length > 1)
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]`);
}
