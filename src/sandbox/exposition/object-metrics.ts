/**
 * What kube-state-metrics 2.20 says of an object, by its documentation:
 * https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics. Written apart from the operator's own
 * embedded source, so that a test may hold one against the other.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp } from '../../std/clock.ts';
import type { Gvr } from '../machinery/cluster.ts';
import type { Sample } from './text-format.ts';

type LabelRecord = Readonly<Record<string, string>>;

/** The samples of one object, without the labels that name it. */
export type Says = (object: KubeObject) => readonly Sample[];

export interface KindMetrics {
  readonly gvr: Gvr;
  readonly identity: (object: KubeObject) => LabelRecord;
  readonly families: Readonly<Record<string, Says>>;
}

/** `status.replicas` of anything; undefined where there is no such thing. */
export function field(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((found, key) => (found as Readonly<Record<string, unknown>> | null | undefined)?.[key], value);
}

export const text = (value: unknown, path: string): string => {
  const found = field(value, path);
  return typeof found === 'string' ? found : '';
};

export const list = (value: unknown, path: string): readonly unknown[] => {
  const found = field(value, path);
  return Array.isArray(found) ? found : [];
};

export const seconds = (value: unknown, path: string): number | undefined => {
  const at = fromTimestamp(text(value, path));
  return at === undefined ? undefined : at / 1000;
};

const one = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ labels: {}, value }]);

/** The number at a path; `otherwise` for what Go would decode as zero. */
export const count =
  (path: string, otherwise?: number): Says =>
  (object) => {
    const found = field(object, path);
    return one(typeof found === 'number' ? found : otherwise);
  };

export const instant =
  (path: string): Says =>
  (object) =>
    one(seconds(object, path));

export const flag =
  (path: string): Says =>
  (object) =>
    one(field(object, path) === true ? 1 : 0);

export const always =
  (labels: (object: KubeObject) => LabelRecord): Says =>
  (object) => [{ labels: labels(object), value: 1 }];

/** A sample for each value that something could have, 1 for the one it has. */
export const oneOf = (label: string, values: readonly string[], actual: string): readonly Sample[] =>
  values.map((value) => ({ labels: { [label]: value }, value: value === actual ? 1 : 0 }));

const STATUSES = ['true', 'false', 'unknown'];

/** `status.conditions`, each with all three statuses. */
export const conditions =
  (label: string, more: (condition: unknown) => LabelRecord = () => ({})): Says =>
  (object) =>
    list(object, 'status.conditions').flatMap((condition) =>
      oneOf('status', STATUSES, text(condition, 'status').toLowerCase()).map(({ labels, value }) => ({
        labels: { ...more(condition), [label]: text(condition, 'type'), ...labels },
        value,
      })),
    );

/** One condition, whose status is the label `condition`. */
export const condition =
  (type: string): Says =>
  (object) =>
    list(object, 'status.conditions')
      .filter((found) => text(found, 'type') === type)
      .flatMap((found) => oneOf('condition', STATUSES, text(found, 'status').toLowerCase()));

/** When a condition became true. */
export const conditionTime =
  (type: string): Says =>
  (object) =>
    list(object, 'status.conditions')
      .filter((found) => text(found, 'type') === type && text(found, 'status') === 'True')
      .flatMap((found) => one(seconds(found, 'lastTransitionTime')));

/** A phase, nothing before there is one. */
export const phase =
  (values: readonly string[]): Says =>
  (object) => {
    const actual = text(object, 'status.phase');
    return actual === '' ? [] : oneOf('phase', values, actual);
  };

export const owners: Says = (object) => {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0)
    return [{ labels: { owner_kind: '', owner_name: '', owner_is_controller: '' }, value: 1 }];
  return references.map(({ kind, name, controller }) => ({
    labels: { owner_kind: kind, owner_name: name, owner_is_controller: controller === true ? 'true' : 'false' },
    value: 1,
  }));
};

/** Names the object by one label beside its namespace. */
export const namedBy =
  (label: string) =>
  ({ metadata: { name, namespace } }: KubeObject): LabelRecord => ({
    ...(namespace === undefined ? {} : { namespace }),
    [label]: name,
  });
