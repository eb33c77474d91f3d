/** kubectl reads YAML 1.1, and this repository's own programs 1.2: a manifest has to mean the same by both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

it('every manifest of this repository reads the same as YAML 1.1 and 1.2', () => {
  const files = ['config', 'charts/kubeskippy/crds'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)),
  );
  const manifests = files.filter((file) => file.endsWith('.yaml'));
  const texts = manifests.flatMap((file) => readFileSync(file, 'utf8').split(/^---$/m));
  expect(texts.length).toBeGreaterThan(5);
  for (const text of texts) expect(parse(text, { version: '1.1' })).toEqual(parse(text));
});
