/**
 * Every verb, as `test/kit/verb-rows.ts` asks it: on terminals of 80 and 160 columns, as documents whose keys
 * `docs/reference/answers.md` names, and failing in its own way. Each refuses a mistake in its flags in one line.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { buildProgram } from '../../src/cli/program.ts';
import { systemClock } from '../../src/std/clock.ts';
import { leaves, pathOf } from '../../tools/cli-page.ts';
import { documentedKeys, undocumented, unseen } from '../kit/answer-keys.ts';
import { called, type Called, testFolder } from '../kit/command-line.ts';
import type { VerbRow } from '../kit/verb-row.ts';
import { VERB_ROWS } from '../kit/verb-rows.ts';
import { type VerbScene, verbScene } from '../kit/verb-scene.ts';

const DOCS = join(import.meta.dirname, '../../docs/reference');
const PAGE = readFileSync(join(DOCS, 'answers.md'), 'utf8');

/** Settings have a page of their own, with a heading for each. */
const settingKeys = (): ReadonlyMap<string, string> =>
  new Map(
    [...readFileSync(join(DOCS, 'configuration.md'), 'utf8').matchAll(/`(\w+)`/g)].map(([, key = '']) => [
      key,
      'Absent: ',
    ]),
  );

const verbs = leaves(
  buildProgram({
    env: {},
    stdout: { write: () => true },
    stderr: { write: () => true },
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0,
  }),
);
const nameOf = (verb: (typeof verbs)[number]): string => pathOf(verb).replace(/^kubeskippy /, '');
const byName = new Map(verbs.map((verb) => [nameOf(verb), verb]));
const rows = Object.entries(VERB_ROWS);
const rowsWith = (has: (row: VerbRow) => boolean) => rows.filter(([, row]) => has(row));

// The paths on the screens are as long on every machine.
const file = testFolder(60);
let scene: VerbScene;
beforeAll(async () => {
  scene = await verbScene(file);
}, 60_000);

interface Asked {
  readonly columns?: number;
  readonly more?: readonly string[];
}

/** The verb with the words of its row. */
async function answerOf(name: string, row: VerbRow, { columns, more = [] }: Asked = {}): Promise<Called> {
  const stop = new AbortController();
  let seen = '';
  return called([...name.split(' '), ...(await row.words(scene)), ...more], {
    ...(columns !== undefined && { columns }),
    clock: row.clock === 'real' ? scene.running : scene.clock,
    signal: stop.signal,
    onText: (text) => {
      seen += text;
      if (row.until?.test(seen) === true) stop.abort(new Error('SIGINT'));
    },
  });
}

/** What differs from one run to the next. */
const steady = (text: string): string =>
  text
    .replaceAll(scene.folder, 'FOLDER')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'SERVER')
    .replaceAll(/kubeconfig-\d+/g, 'kubeconfig')
    .replaceAll(/\(\d+ ms\)/g, '(N ms)')
    .replaceAll(/port \d{4,}/g, 'port N')
    .replaceAll(/^( {2}at +)\S+$/gm, '$1TIME')
    // Names and numbers that a cluster draws, as long as they are.
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (uid) => uid.replaceAll(/[0-9a-f]/g, '0'))
    .replaceAll(/-[0-9a-f]{10}\b/g, '-0000000000')
    .replaceAll(/(-0000000000)-[a-z0-9]{5}(?![a-z0-9])/g, '$1-00000')
    .replaceAll(
      /(resourceVersion\W+)(\d+)/g,
      (_, before: string, digits: string) => before + digits.replaceAll(/\d/g, '0'),
    );

/** What a terminal obeys and does not show. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const shown = (text: string): string => text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '');

/** A word that is longer than the terminal is not cut. */
const tooLong = (text: string, columns: number): readonly string[] =>
  text.split('\n').filter((line) => line.length > columns && line.trim().includes(' '));

describe('every verb', () => {
  it('has a row, and every row is a verb', () => {
    expect(Object.keys(VERB_ROWS).toSorted()).toEqual([...byName.keys()].toSorted());
  });

  it.each(verbs.map(nameOf))('%s refuses a flag that it does not have, in one line, with status 2', async (name) => {
    const needed = byName.get(name)?.options.flatMap(({ mandatory, long }) => (mandatory ? [long ?? '', 'x'] : []));
    const { code, out, err } = await called([...name.split(' '), ...(needed ?? []), '--no-such-flag']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^kubeskippy: .*--no-such-flag.*\n$/);
  });
});

describe('a screen of', () => {
  for (const columns of [80, 160])
    it.concurrent.for(rowsWith(({ text }) => text === 'screen'))(
      `%s has its text within ${columns} columns`,
      async ([name, row], { expect }) => {
        const { code, out } = await answerOf(name, row, { columns });
        expect(code).toBe(row.status ?? 0);
        const text = shown(out);
        expect(tooLong(text, columns)).toEqual([]);
        expect(text.split('\n').filter((line) => /\s$/.test(line))).toEqual([]);
        expect(steady(text)).toMatchSnapshot();
      },
    );

  it.concurrent.for(rowsWith(({ text }) => text === 'document'))(
    '%s is no wider or narrower than a file',
    async ([name, row], { expect }) => {
      const [narrow, wide] = [await answerOf(name, row, { columns: 40 }), await answerOf(name, row)];
      expect([narrow.code, wide.code]).toEqual([0, 0]);
      const lines = ({ out, err }: Called): number => (row.says === 'err' ? err : out).split('\n').length;
      expect(lines(narrow)).toBeGreaterThan(1);
      expect(lines(narrow)).toBe(lines(wide));
    },
  );
});

const formsOf = (name: string, row: VerbRow): Promise<readonly unknown[]> =>
  Promise.all(
    row.forms.map(async (form) => {
      const { code, out } = await answerOf(name, row, { more: ['-o', form === 'lines' ? 'json' : form] });
      expect(code).toBe(row.status ?? 0);
      if (form === 'json') return JSON.parse(out) as unknown;
      if (form === 'lines')
        return out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown);
      const documents = parseAllDocuments(out).map((document) => document.toJS() as unknown);
      return documents.length === 1 ? documents[0] : { apiVersion: 'v1', kind: 'List', items: documents };
    }),
  );

describe('the documents of', () => {
  it.concurrent.for(rowsWith(({ forms }) => forms.length > 0))(
    '%s say the same, with keys that are documented',
    async ([name, row], { expect }) => {
      const documents = await formsOf(name, row);
      const answers = row.forms.includes('lines') ? documents.flat() : documents;
      const keys = name === 'config print' ? settingKeys() : documentedKeys(PAGE, name);
      for (const answer of answers) expect(undocumented(answer, keys)).toEqual([]);
      expect(keys.size).toBeGreaterThan(0);
      expect(unseen(answers, keys)).toEqual([]);
      // It looks anew each time, and names the time.
      if (name !== 'explain') expect(new Set(documents.map((one) => JSON.stringify(one))).size).toBe(1);
    },
  );

  it.each(rowsWith(({ noJson }) => noJson !== undefined))(
    '%s are none, which its help does not promise',
    async (name) => {
      const { code, out, err } = await called([...name.split(' '), '-o', 'json']);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/^kubeskippy: [^\n]+\n$/);
      const help = await called([...name.split(' '), '--help']);
      expect(help.out).not.toMatch(/-o, --output/);
    },
  );
});

const failures = rows.flatMap(([name, { fails, clock }]) => fails.map((failing) => ({ name, clock, ...failing })));

describe('in one line, with its status,', () => {
  it.concurrent.for(failures)('$name says that $title', async ({ name, clock, words, status, finds }, { expect }) => {
    const { code, out, err } = await called([...name.split(' '), ...(await words(scene))], {
      clock: clock === 'real' ? scene.running : scene.clock,
      columns: 80,
    });
    expect([code, finds === true || out === '']).toEqual([status, true]);
    // What takes time says before it how far it is.
    const said = err.split('\n').filter((line) => line.startsWith('kubeskippy: '));
    expect(said).toHaveLength(1);
    expect(err.endsWith(`${said[0]}\n`)).toBe(true);
    expect(tooLong(out, 80)).toEqual([]);
    expect(steady(finds === true ? shown(out) + (said[0] ?? '') : (said[0] ?? ''))).toMatchSnapshot();
  });
});

it('the log of run is text or JSON lines, as --log-format says', async () => {
  const { run } = VERB_ROWS;
  if (run === undefined) throw new Error('there is a verb run');
  const { err } = await answerOf('run', run, { more: ['--log-format', 'json'] });
  const lines = err
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  for (const line of lines)
    expect(line).toMatchObject({ level: expect.any(String) as string, msg: expect.any(String) as string });
});

it.each([60, 80, 160])('help has no line of more than %i columns on a terminal that wide', async (columns) => {
  // The longest flags of sandbox take 46 columns.
  for (const name of ['get', 'audit show', ...(columns < 80 ? [] : ['sandbox'])]) {
    const { out } = await called([...name.split(' '), '--help'], { columns });
    const [help = ''] = out.split('\nExamples:');
    expect(help.split('\n').filter((line) => line.length > columns)).toEqual([]);
  }
});
