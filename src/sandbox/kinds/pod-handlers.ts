/** Probes and life-cycle hooks: what they call, and how often. */
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asText, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { aboveZero, atLeastZero, oneOf, portNumber, portNumberOrName, textErrors } from './field-checks.ts';

const HEADER = '[-A-Za-z0-9]+';
const headerProblems = (name: string): readonly string[] =>
  new RegExp(`^${HEADER}$`).test(name)
    ? []
    : [
        `a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '${HEADER}')`,
      ];

const HANDLERS: Readonly<Record<string, (handler: Draft, path: string) => readonly FieldError[]>> = {
  exec: (exec, path) => (asList(exec['command']).length === 0 ? [required(`${path}.command`)] : []),
  httpGet: (get, path) => [
    ...(asText(get['path']) === '' ? [required(`${path}.path`)] : []),
    ...portNumberOrName(get['port'], `${path}.port`),
    ...oneOf(get['scheme'], `${path}.scheme`, ['HTTP', 'HTTPS']),
    ...objectsOf(get['httpHeaders']).flatMap((header) =>
      textErrors(asText(header['name']), `${path}.httpHeaders`, headerProblems),
    ),
  ],
  tcpSocket: (socket, path) => portNumberOrName(socket['port'], `${path}.port`),
  grpc: (grpc, path) => portNumber(grpc['port'] ?? 0, `${path}.port`),
};

/** `grace`: of the pod, in seconds; a hook that sleeps must end before it does. */
function sleepErrors(sleep: Draft, path: string, grace: number | undefined): readonly FieldError[] {
  const seconds = asNumber(sleep['seconds']) ?? 0;
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  return [invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
}

function handlerErrors(owner: Draft, path: string, grace: number | undefined): readonly FieldError[] {
  const given = [...Object.keys(HANDLERS), 'sleep'].filter((name) => isObject(owner[name]));
  const [first, ...others] = given;
  if (first === undefined) return [required(path, 'must specify a handler type')];
  const handler = owner[first] as Draft;
  const field = `${path}.${first}`;
  return [
    ...(first === 'sleep' ? sleepErrors(handler, field, grace) : (HANDLERS[first]?.(handler, field) ?? [])),
    ...others.map((name) => forbiddenField(`${path}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

const COUNTS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];

function probeErrors(probe: Draft, path: string, name: string): readonly FieldError[] {
  const grace = probe['terminationGracePeriodSeconds'];
  const errors: FieldError[] = [...handlerErrors(probe, path, undefined)];
  for (const count of COUNTS) errors.push(...atLeastZero(probe[count], `${path}.${count}`));
  errors.push(...aboveZero(grace, `${path}.terminationGracePeriodSeconds`));
  if (name === 'readinessProbe') {
    if (grace !== undefined)
      errors.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  } else if ((probe['successThreshold'] ?? 0) !== 1)
    errors.push(invalidValue(`${path}.successThreshold`, probe['successThreshold'] ?? 0, 'must be 1'));
  return errors;
}

export const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];

export function hookErrors(container: Draft, path: string, grace: number | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  const lifecycle = container['lifecycle'];
  for (const hook of ['postStart', 'preStop']) {
    const handler = isObject(lifecycle) ? lifecycle[hook] : undefined;
    if (isObject(handler)) errors.push(...handlerErrors(handler, `${path}.lifecycle.${hook}`, grace));
  }
  for (const name of PROBES) {
    const probe = container[name];
    if (isObject(probe)) errors.push(...probeErrors(probe, `${path}.${name}`, name));
  }
  return errors;
}
