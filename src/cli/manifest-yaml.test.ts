import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestYaml } from './manifest-yaml.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('a manifest', () => {
  it.each<[string]>([['off'], ['on'], ['yes'], ['no'], ['y'], ['1:30'], ['0o17'], ['017'], ['null'], ['~'], ['1_000']])(
    'with the string %s has it in quotes, so that YAML 1.1 and 1.2 read the same',
    (value) => {
      const text = manifestYaml({ enum: [value], [value]: value });
      expect([parse(text, { version: '1.1' }), parse(text)]).toEqual([
        { enum: [value], [value]: value },
        { enum: [value], [value]: value },
      ]);
    },
  );

  it('of this repository reads the same by both', () => {
    const files = ['config', 'charts/kubeskippy/crds'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)),
    );
    const texts = files
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => readFileSync(file, 'utf8').split(/^---$/m));
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) expect(parse(text, { version: '1.1' })).toEqual(parse(text));
  });
});
