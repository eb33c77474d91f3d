import { describe, expect, it } from 'vitest';
import { nearestWord } from './nearest-word.ts';

describe('the word that was meant', () => {
  it.each<[string, string | undefined]>([
    ['dryrun', 'dryRun'],
    ['dyrRun', 'dryRun'],
    ['logLevle', 'logLevel'],
    ['logLevels', 'logLevel'],
    ['ia', 'ai'],
    ['xx', undefined],
    ['somethingElse', undefined],
  ])('%s is %s', (typed, meant) => {
    expect(nearestWord(typed, ['dryRun', 'logLevel', 'ai'])).toBe(meant);
  });
});
