import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { systemTrouble } from './system-trouble.ts';

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

it.each<[unknown, string]>([
  [thrown(() => readFileSync('/nowhere/x')), 'no such file or folder'],
  [thrown(() => readFileSync('/')), 'it is a folder'],
  [thrown(() => readFileSync('/dev/null/x')), 'a part of its path is a file, and no folder'],
  [Object.assign(new Error('x'), { code: 'EODD' }), 'EODD'],
  [new Error('out of luck'), 'out of luck'],
  ['odd', 'odd'],
])('%s is said in words', (error, words) => {
  expect(systemTrouble(error)).toBe(words);
});
