/** A few scenarios of `make eval`, so that the suite itself is kept working; `make eval` plays all of them. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/core/analysis/analyze.ts';
import { SCRIPTS } from '../eval/reenacted/scripts.ts';
import { expectedOf, play, SCENARIOS } from '../eval/scenarios.ts';

const PLAYED = [
  'the image does not exist',
  'it asks for too much CPU, among others',
  'a caller has a wrong address, not seen',
  'the readiness probe asks another port, not seen',
  'a new revision fails',
  'a call to the outside',
];

describe('faults of public suites', () => {
  it('have one script each, and each script a name of its own', () => {
    expect(new Set(SCRIPTS.map(({ fault }) => fault.name)).size).toBe(SCRIPTS.length);
    expect(SCRIPTS.length).toBeGreaterThan(40);
  });

  it.each(['a Service that stays on the node', 'a claim that is not there'])('are played: %s', async (name) => {
    const fault = SCRIPTS.find((one) => one.fault.name === name)?.fault;
    if (fault === undefined) throw new Error(`no script is named ${name}`);
    expect(analyze(await play({ name, fault })).findings[0]?.cause).toBe(fault.causes[0]);
  });
});

describe('scenarios of analysis', () => {
  it('are at least 80, each with a name of its own', () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(80);
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it.each(PLAYED)('%s', async (name) => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`no scenario is named ${name}`);
    const { findings } = analyze(await play(scenario));
    const { causes } = expectedOf(scenario);
    expect(findings.length > 0).toBe(causes.length > 0);
    expect(causes.length === 0 || causes.some((cause) => cause === findings[0]?.cause)).toBe(true);
  });
});
