/**
 * A support bundle as one text: documents of YAML that a person can read before it leaves the house. Secrets are taken
 * out of every string, and it never grows beyond its limit. Pure.
 */
import { stringify } from 'yaml';
import type { KubeObject } from '../../shapes/kube.ts';
import { withoutSecrets } from '../without-secrets.ts';

export interface Section {
  readonly title: string;
  /** Objects, or whatever a program has said. */
  readonly content: unknown;
}

/** A mail or a ticket takes it, and a person can look through it. */
export const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;
/** A section beyond that would leave no room for the others. */
const MAX_SECTION_BYTES = 2 * 1024 * 1024;
/** As JSON: the indentation of YAML takes half as much again. */
const MAX_LIST_BYTES = MAX_SECTION_BYTES / 2;

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

/** The newest of many, up to a number and as far as there is room; how many there were stands beside them. */
export function newest(objects: readonly KubeObject[], most: number): object {
  const sorted = objects.toSorted((a, b) =>
    (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1,
  );
  let room = MAX_LIST_BYTES;
  const fitting = sorted.slice(0, most).filter((one) => {
    room -= Buffer.byteLength(JSON.stringify(one));
    return room >= 0;
  });
  return { total: objects.length, newest: fitting };
}
