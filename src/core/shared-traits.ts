/**
 * What workloads that fail together may share: a Service that they need, a cause that the analysis names, a change of a
 * ConfigMap or Secret right before, a node, a ConfigMap, a Secret, an image, a zone, a registry. A trait is a text of
 * its kind and its name, so that it can be counted and kept.
 */
import type { PodSpec } from './analysis/objects.ts';
import { fromTimestamp, type Instant, toTimestamp } from '../std/clock.ts';
import { referencesOf } from './replacement/references.ts';

/** What is nearer to the fault comes first: of an outage of one node, its zone and the registry of all say less. */
export const TRAIT_KINDS = [
  'dependency',
  'cause',
  'revision',
  'node',
  'ConfigMap',
  'Secret',
  'image',
  'zone',
  'registry',
] as const;
export type TraitKind = (typeof TRAIT_KINDS)[number];

export const trait = (kind: TraitKind, name: string): string => `${kind} ${name}`;

/** Of a ConfigMap or Secret, by its own trait: that it was changed at that time. */
export const revisionTrait = (of: string, at: Instant): string => trait('revision', `${toTimestamp(at)} ${of}`);

/** The other way round; undefined: it is none. */
export function revisionOf(text: string): { readonly of: string; readonly at: Instant } | undefined {
  const parts = partsOf(text);
  if (parts?.kind !== 'revision') return undefined;
  const [time = '', ...of] = parts.name.split(' ');
  return { of: of.join(' '), at: fromTimestamp(time) ?? 0 };
}

export function partsOf(text: string): { readonly kind: TraitKind; readonly name: string } | undefined {
  const at = text.indexOf(' ');
  const kind = TRAIT_KINDS.find((one) => one === text.slice(0, at));
  return kind === undefined ? undefined : { kind, name: text.slice(at + 1) };
}

/** Of a pod template: the images, where they come from, and the objects that its containers read. */
export function traitsOfTemplate(spec: PodSpec, namespace: string): readonly string[] {
  const images = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].flatMap(({ image }) => image ?? []);
  const read = referencesOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: '' }, spec }, []);
  const all = [
    ...images.flatMap((image) => [trait('image', image), trait('registry', registryOf(image))]),
    ...read.flatMap(({ kind, name }) =>
      kind === 'ConfigMap' || kind === 'Secret' ? [trait(kind, `${namespace}/${name}`)] : [],
    ),
  ];
  return [...new Set(all)];
}

/**
 * The first part of a name is a registry when it has a dot or a port, or is `localhost`.
 * https://github.com/distribution/reference/blob/main/normalize.go
 */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** Said of those that share it. */
export function traitText(text: string): string {
  const { kind, name } = partsOf(text) ?? { kind: 'cause', name: text };
  switch (kind) {
    case 'dependency':
      return `they need ${name}, which has no pod that is ready: look at that first`;
    case 'cause':
      return `the analysis names one cause for them, ${name}: look at that first`;
    case 'revision': {
      const [time, ...of] = name.split(' ');
      return `they read ${of.join(' ')}, which was changed at ${time}, minutes before they failed: look at that change first`;
    }
    case 'node':
      return `they have pods on node ${name} that are not ready: look at that node first`;
    case 'zone':
      return `they have pods in zone ${name} that are not ready: look at that zone first`;
    case 'ConfigMap':
    case 'Secret':
      return `they read ${kind} ${name}: look at its last change first`;
    case 'image':
      return `they run image ${name}: look at that image first`;
    case 'registry':
      return `their images come from registry ${name}: look whether it answers`;
  }
}
