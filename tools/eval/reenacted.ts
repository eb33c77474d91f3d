/**
 * Faults of public suites, re-enacted by scripts of our own: a suite's own list, where its folder is given, says which
 * of the scripts are played. What no script stands for is counted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SCRIPTS } from '../../test/eval/reenacted/scripts.ts';
import { expectedOf, play } from '../../test/eval/scenarios.ts';
import type { Suite } from './suite.ts';

type Lister = (folder: string) => readonly string[];

const files = (folder: string, name: RegExp): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => name.test(path))
    .map((path) => join(folder, path))
    .toSorted();

/** A page for each fault. */
const pages: Lister = (folder) => files(folder, /faults\/(?!README)[^/]+\.md$/).map((path) => basename(path, '.md'));

/** Keys of a table in Python, without what they add for each task. */
const registered: Lister = (folder) =>
  files(folder, /registry\.py$/)
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^\s+"([a-z][\w-]*)":/gim)])
    .map(([, key = '']) => key.replace(/(?:-(?:detection|localization|analysis|mitigation))?(?:-\d+)?$/, ''));

const LISTERS: Readonly<Record<'ITBench' | 'SREGym' | 'AIOpsLab', Lister>> = {
  ITBench: pages,
  SREGym: registered,
  AIOpsLab: registered,
};

export function reenacted(name: keyof typeof LISTERS, folder: string): Suite {
  const listed = [...new Set(LISTERS[name](folder))];
  if (listed.length === 0) throw new Error(`${folder} has no list of the faults of ${name}`);
  const played = SCRIPTS.filter(({ means }) => listed.some((one) => means.test(one)));
  const without = listed.filter((one) => !SCRIPTS.some(({ means }) => means.test(one)));
  return {
    title: `${name}, re-enacted: ${listed.length - without.length} of its ${listed.length} faults, by ${played.length} scripts`,
    names: played.map(({ fault }) => fault.name),
    read: async (one) => {
      const fault = played.find(({ fault: { name: of } }) => of === one)?.fault;
      if (fault === undefined) throw new Error(`no script is named ${one}`);
      return { name: one, expected: expectedOf({ name: one, fault }), snapshot: await play({ name: one, fault }) };
    },
    without,
  };
}
