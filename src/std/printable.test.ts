import { describe, expect, it } from 'vitest';
import { printable, printableLine } from './printable.ts';

describe('text of others', () => {
  it.each([
    ['colours and cursor', '\u001b[31mred\u001b[2J', '\\u001b[31mred\\u001b[2J'],
    ['a title set by C1', '\u009b31m\u009d0;x\u009c', '\\u009b31m\\u009d0;x\\u009c'],
    ['a line written over', 'all well\rbroken', 'all well\\u000dbroken'],
    ['back and delete', 'a\b\u007f', 'a\\u0008\\u007f'],
    ['turned direction', 'web\u202egnp.exe\u2066', 'web\\u202egnp.exe\\u2066'],
    ['hidden letters', 'we\u200bb\ufeff', 'we\\u200bb\\ufeff'],
    ['other languages', 'žluť 東京 🙂\tübung', 'žluť 東京 🙂\tübung'],
  ])('with %s is shown, not obeyed', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('stays on its line', () => {
    expect(printableLine('a\nERROR b')).toBe('a\\nERROR b');
  });

  it('in JSON is the same text when it is read', () => {
    const value = { text: '\u001b[31m\u009b\u202e' };
    const json = printable(JSON.stringify(value));
    expect(JSON.parse(json)).toEqual(value);
    expect(json).not.toMatch(/[\u009b\u202e]/);
  });
});
