import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestYaml } from './manifest-yaml.ts';

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
});
