import * as fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { policyOf } from '../../../test/kit/core-data.ts';
import { anyDecision, throughJson } from '../../../test/kit/random-inputs.ts';
import { proposing, recordText } from '../../../test/kit/recorded-decision.ts';
import { type DecisionMade, recordOf } from '../../core/replay/decision-record.ts';
import { trimmed } from '../../operator/trimmed-objects.ts';
import { CliError } from '../cli-error.ts';
import { readRecord } from './read-record.ts';
import { replayFiles } from './replay-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-replay-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function play(texts: readonly string[], output: 'text' | 'json' = 'text') {
  const files = texts.map((text, index) => {
    const file = join(mkdtempSync(join(tmpdir(), 'kubeskippy-replay-')), `${index}.json`);
    writeFileSync(file, text);
    return file;
  });
  const said = { out: '', err: '' };
  const stdout = { write: (text: string) => void (said.out += text) };
  const stderr = { write: (text: string) => void (said.err += text) };
  try {
    await replayFiles(files, { output }, { stdout, stderr });
    return { ...said, files, status: 0, message: '' };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { ...said, files, status: error.exitCode, message: error.message };
  } finally {
    for (const file of files) rmSync(join(file, '..'), { recursive: true });
  }
}

describe('replay', () => {
  it('decides as recorded, and says why trigger by trigger and gate by gate', async () => {
    const { status, out } = await play([recordText(proposing())]);
    expect(status).toBe(0);
    expect(out).toContain('2026-01-01T00:00:00.000000Z  the evaluation of Deployment shop/web, policy shop/p');
    expect(out).toContain('trigger   looping: CrashLoopBackOff=True for 30s');
    expect(out).toContain('gate      RateLimited allows: policy shop/p: 5 of 6 actions');
    expect(out).toContain('decision  propose restart (restart) for Deployment shop/web, because of looping');
    expect(out).toContain('recorded  the same');
  });

  it('of a file with one figure changed decides otherwise, and says why', async () => {
    const changed = recordText(proposing()).replace('"maxActionsPerHour": 6', '"maxActionsPerHour": 5');
    const { status, out, message } = await play([changed, recordText(proposing())]);
    expect([status, message]).toEqual([1, '1 of 2 files decided otherwise than recorded']);
    expect(out).toContain('gate      RateLimited refuses: policy shop/p: 5 of 5 actions in the last hour');
    expect(out).toContain('an action would pass from 2026-01-01T00:10:00Z on');
    expect(out).toContain('recorded  DIFFERENT, by version 1.2.3:');
    expect(out).toContain('decision.kind: recorded "propose", now "blocked"');
    expect(out).toContain('decision.reason: recorded nothing, now "RateLimited"');
    expect(out).toContain('decision.until: recorded nothing, now 2026-01-01T00:10:00Z');
  });

  it('tells programs the same as JSON', async () => {
    const { status, out } = await play([recordText(proposing())], 'json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      {
        version: '1.2.3',
        kind: 'target',
        target: 'Deployment shop/web',
        of: 'policy shop/p',
        same: true,
        differences: [],
        recorded: { decision: { kind: 'propose' } },
        explanation: { triggers: [{ trigger: 'looping', holds: 'true' }] },
      },
    ]);
  });

  const good = recordText(proposing());
  it.each<[string, string, RegExp]>([
    ['that ends too early', good.slice(0, 40), /:3:\d+: is not JSON: /],
    ['that is not JSON', '{\n "version": oops\n}', /:2:13: is not JSON: Unexpected token/],
    ['with a comma too many', '{\n "version": "1",\n}', /:3:1: is not JSON: Expected/],
    ['of something else', '{"apiVersion": "v1"}', /:1:1: kind /],
    [
      'with a figure that is a text',
      good.replace('"maxActionsPerHour": 6', '"maxActionsPerHour": "6"'),
      /:\d+:\d+: input\.policy\.safety\.maxActionsPerHour must be of type/,
    ],
    [
      'without a value',
      good.replace(/ +"maxConcurrent": 1,\n/, ''),
      /input\.policy\.safety\.maxConcurrent is required/,
    ],
    [
      'of a newer version',
      good.replace('"suspend": false', '"suspend": false, "moods": []'),
      /input\.policy unknown field moods/,
    ],
    [
      'of another format',
      good.replace('decision-v2', 'decision-v9'),
      /:\d+:\d+: format must be one of kubeskippy.io\/decision-v2/,
    ],
    [
      'without a time',
      good.replace('2026-01-01T00:00:00.000000Z', 'yesterday'),
      /:\d+:\d+: at must be an RFC 3339 time/,
    ],
  ])('of a file %s names file and place, and goes on with the others', async (_, bad, said) => {
    const { status, out, err, message, files } = await play([bad, good]);
    expect([status, message]).toEqual([2, '1 of 2 files cannot be read as a decision']);
    expect(err).toMatch(said);
    expect(err.startsWith(`${files[0]}:`)).toBe(true);
    expect(out).toContain('recorded  the same');
  });

  it('of a file that is not there says so', async () => {
    const said = { write: () => undefined };
    await expect(
      replayFiles(['/nowhere/x.json'], { output: 'text' }, { stdout: said, stderr: said }),
    ).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});

describe('what a file of a decision has to look like', () => {
  it('is what every decision looks like that is recorded', () => {
    fc.assert(
      fc.property(anyDecision, (made) => {
        const written = throughJson({ version: '1.2.3', ...recordOf(made, trimmed) });
        expect(readRecord(recordText(made))).toEqual({ record: written });
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    [
      'a pattern',
      { name: 'e', type: 'event', eventTrigger: { reason: 'Back(Off)?' } },
      'Back(Off)?',
      'Back(',
      /is not an RE2 pattern/,
    ],
  ])('and %s in it has to be one', (_, trigger, from, to, said) => {
    const input = { ...proposing() };
    if (input.kind !== 'target') throw new Error('a target');
    const policy = policyOf({ triggers: [trigger] });
    const made: DecisionMade = { ...input, input: { ...input.input, policy } };
    const read = readRecord(recordText(made).replace(from, to));
    expect('problem' in read && read.problem.message).toMatch(said);
  });
});
