import { expect, test } from 'vitest';
import { parseScript, ScriptError } from './script.ts';

test.each([
  ['one rule', '{exit: {after: 2s, code: 1}}', { exit: { afterMs: 2000, code: 1 } }],
  ['JSON', '{"exit": {"after": "1m"}}', { exit: { afterMs: 60_000, code: 0 } }],
  [
    'a leak',
    '{memory: {from: 64Mi, growth: 1Mi, max: 1Gi}}',
    { memory: { from: 2 ** 26, growth: 2 ** 20, max: 2 ** 30 } },
  ],
  ['a pull that fails', '{pull: {takes: 500ms, fails: not-found}}', { pull: { takesMs: 500, fails: 'not-found' } }],
  [
    'readiness that recovers',
    '{ready: {failsAfter: 5s, recoversAfter: 1m}}',
    { unready: { fromMs: 5000, untilMs: 60_000 } },
  ],
  ['deafness to SIGTERM', '{stop: {takes: never}}', { stopMs: Number.POSITIVE_INFINITY }],
])('%s is read', (_, text, behaviour) => {
  expect(parseScript(text)[0]?.behaviour).toMatchObject(behaviour);
});

test.each([
  [
    'an unknown part',
    '{crash: {}}',
    'script.crash: unknown, expected one of when, pull, config, start, exit, memory, cpu, ready, live, stop, logs',
  ],
  ['a bad duration', '{exit: {after: soon}}', 'script.exit.after: expected a duration such as 10s'],
  ['a bad quantity', '{memory: {growth: lots}}', 'script.memory.growth: expected a quantity such as 64Mi or 250m'],
  [
    'a bad comparison',
    '[{when: {restarts: few}}]',
    'script[0].when.restarts: expected a number or a comparison such as "<3"',
  ],
  ['a text', 'run', 'script: expected a mapping'],
])('%s is refused with its place', (_, text, message) => {
  expect(() => parseScript(text)).toThrow(new ScriptError(message));
});

test.each([
  ['3', [3]],
  ['"<2"', [0, 1]],
  ['"<=2"', [0, 1, 2]],
  ['">2"', [3, 4]],
  ['">=3"', [3, 4]],
])('restarts: %s holds for %j of 0 to 4', (comparison, held) => {
  const restarts = parseScript(`{when: {restarts: ${comparison}}}`)[0]?.when.restarts;
  expect([0, 1, 2, 3, 4].filter((n) => restarts?.(n))).toEqual(held);
});
