/** The README says what nothing acts on, and admission warns of the same kinds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ascending } from '../test-kit/world.ts';
import { UNATTENDED } from './unattended.ts';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const SECTION = README.slice(README.indexOf('## What it leaves out'), README.indexOf('## How its fidelity is checked'));

/** Plurals of kinds in a text, as resources: `NetworkPolicies` is `networkpolicies`. */
const kindsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\b[A-Z]\w*[A-Z]\w*s\b|\bIngresses\b/g)].map(([kind]) => kind.toLowerCase()).sort(ascending);

const resourcesOf = (kinds: readonly string[]): readonly string[] =>
  kinds.map((kind) => kind.slice(kind.indexOf('/') + 1)).sort(ascending);

test.each([
  ['always', []],
  ['with controllers', ['controllers']],
  ['with nodes', ['nodes']],
] as const)('the kinds of which one is warned %s are those of the page', (when, needs) => {
  const rows = SECTION.split('\n').filter((line) => line.startsWith(`| ${when} |`));
  const warned = UNATTENDED.filter(([needed]) => needed.join() === needs.join()).flatMap(([, kinds]) => kinds);
  expect(kindsIn(rows.join('\n'))).toEqual(resourcesOf(warned));
});
