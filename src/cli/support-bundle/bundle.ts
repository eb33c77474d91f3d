/**
 * A support bundle as one text: documents of YAML that a person can read before it leaves the house. Secrets are taken
 * out of every string, and it never grows beyond its limit. Pure.
 */
import { stringify } from 'yaml';
import { redacted } from '../../core/analysis/redaction.ts';
import type { KubeObject } from '../../shapes/kube.ts';

export interface Section {
  readonly title: string;
  /** Objects, or whatever a program has said. */
  readonly content: unknown;
}

/** A mail or a ticket takes it, and a person can look through it. */
export const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;
/** A section beyond that would leave no room for the others. */
const MAX_SECTION_BYTES = 2 * 1024 * 1024;

const HEAD = `# A support bundle of kubeskippy. Secrets, mail addresses and network addresses are taken out as far as they can be told;
# read it before you hand it on.
`;

export function bundleText(sections: readonly Section[]): string {
  let text = HEAD;
  for (const { title, content } of sections) {
    const body = `---\n# ${title}\n${stringify(withoutSecrets(content), { lineWidth: 0, aliasDuplicateObjects: false })}`;
    const bytes = Buffer.byteLength(body);
    const left = MAX_BUNDLE_BYTES - Buffer.byteLength(text) - 200;
    text +=
      bytes <= Math.min(left, MAX_SECTION_BYTES)
        ? body
        : `---\n# ${title}\nleftOut: it takes ${bytes} bytes, and there is room for ${Math.min(left, MAX_SECTION_BYTES)}\n`;
  }
  return text;
}

/** What names an object, a version or a time, and looks as random as a key. */
const NAMES = new Set([
  'uid',
  'resourceVersion',
  'name',
  'namespace',
  'specHash',
  'planHash',
  'bodyHash',
  'digest',
  'lastAction',
]);
/** Copies of whole objects, and what only servers read. */
const DROPPED = new Set(['managedFields', 'kubectl.kubernetes.io/last-applied-configuration']);
/** A field of such a name holds one, whatever it looks like. */
const SECRET_NAME = /(password|passwd|secret|token|authorization|credential|api[-_]?key|private[-_]?key)s?$/i;
const SECRET = '[secret]';

export function withoutSecrets(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? SECRET : NAMES.has(name) ? value : redacted(value);
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, name));
  if (typeof value !== 'object' || value === null) return value;
  // An environment variable is a name and a value beside each other.
  const named = 'name' in value && typeof value.name === 'string' ? value.name : '';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !DROPPED.has(key))
      .map(([key, inner]) => [key, withoutSecrets(inner, key === 'value' && SECRET_NAME.test(named) ? named : key)]),
  );
}

/** The newest of many; how many there were stands beside them. */
export function newest(objects: readonly KubeObject[], most: number): object {
  const sorted = objects.toSorted((a, b) =>
    (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1,
  );
  return { total: objects.length, newest: sorted.slice(0, most) };
}
