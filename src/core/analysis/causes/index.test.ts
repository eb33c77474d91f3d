import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actionTypes } from '../../../api/action-template.ts';
import { FAMILIES } from '../finding.ts';
import { CAUSE_NAMES, causeOf } from './index.ts';

describe('causes', () => {
  const tested = FAMILIES.map((family) =>
    readFileSync(join(import.meta.dirname, family, `${family}.test.ts`), 'utf8'),
  ).join('');

  it('are many', () => expect(CAUSE_NAMES.length).toBeGreaterThanOrEqual(60));

  it.each(CAUSE_NAMES)('%s has a file of its own, a row in the test of its family, and says what it means', (name) => {
    const { family, means, todo, when, unless, kinds } = causeOf(name);
    const file = `${name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}.ts`;
    expect(readdirSync(join(import.meta.dirname, family))).toContain(file);
    expect(tested).toMatch(new RegExp(`^  ${name}: `, 'm'));
    for (const sentence of [means, todo, when, unless]) expect(sentence).toMatch(/^\S.{15,}\.$/);
    expect(kinds.length).toBeGreaterThan(0);
  });

  it.each(CAUSE_NAMES)('%s calls no action type both fitting and pointless or harmful', (name) => {
    const { fits, pointless, harmful } = causeOf(name).cures;
    const all = [...fits, ...pointless, ...harmful];
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((type) => !actionTypes.includes(type))).toEqual([]);
  });
});
