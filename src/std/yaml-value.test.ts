import { describe, expect, it } from 'vitest';
import { parseAllDocuments, parseDocument } from 'yaml';
import { yamlValue } from './yaml-value.ts';

const BOMB = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  .concat(Array.from({ length: 8 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`))
  .join('\n');

describe('the value of a YAML document', () => {
  it('is what the document says, with its aliases', () => {
    expect(yamlValue(parseDocument('a: &a [1]\nb: *a\n'))).toEqual({ value: { a: [1], b: [1] } });
    expect(yamlValue(parseDocument(''))).toEqual({ value: null });
  });

  it.each([
    ['broken syntax', 'a: 1\nb: [\n', /^Flow sequence in block collection[^:]*$/],
    ['an alias that leads nowhere', 'a: *nope\n', /^Unresolved alias .*: nope$/],
    ['aliases that become far too much', BOMB, /^Excessive alias count/],
    ['a merge of what is no map', '%YAML 1.1\n---\n<<: 5\n', /^Merge sources must be maps/],
  ])('is refused for %s', (_title, text, why) => {
    expect(yamlValue(parseDocument(text))).toEqual({
      whyNot: expect.stringMatching(why) as unknown,
      offset: expect.any(Number) as unknown,
    });
  });

  it('is refused by the place of its document', () => {
    const documents = parseAllDocuments('a: 1\n---\nb: *nope\n');
    expect(Array.isArray(documents) && documents.map((document) => yamlValue(document))).toMatchObject([
      { value: { a: 1 } },
      { offset: 9 },
    ]);
  });
});
