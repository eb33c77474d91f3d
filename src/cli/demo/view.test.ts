import { describe, expect, it } from 'vitest';
import { begin, type News, type Progress } from './observe.ts';
import { SCENARIOS } from './scenarios.ts';
import { frame, newsLines, PLAIN, summary, table } from './view.ts';

const START = Date.UTC(2026, 0, 1);
const at = (seconds: number): number => START + 1000 * seconds;

/** As it stands in the middle of a play: one is healed, one waits, one cannot be told in the room that it has. */
const PROGRESS: readonly Progress[] = SCENARIOS.map((scenario, index): Progress => {
  const one = begin(scenario, START);
  if (index === 0)
    return {
      ...one,
      ready: 2,
      outcome: 'Healed',
      outcomeAt: at(42),
      brokeAt: at(5),
      stage: 'restart Deployment crash-loop: Succeeded',
      why: 'ApplicationCrashes (certain) at Deployment default/crash-loop: the program ends with an error of its own',
      actions: [
        { name: 'a', type: 'restart', target: 'Deployment default/crash-loop', status: { phase: 'Succeeded' } },
      ],
    };
  if (index === 1)
    return {
      ...one,
      brokeAt: at(9),
      problem: 'container main was ended: OOMKilled',
      stage: 'its trigger fires, and an action is chosen next',
    };
  return { ...one, ready: scenario.wanted, stage: 'watched' };
});
const NEWS: readonly News[] = [
  { at: at(5), scenario: 'crash-loop', text: 'breaks: CrashLoopBackOff' },
  {
    at: at(31),
    scenario: 'crash-loop',
    text: `TriggerFiring: Deployment default/crash-loop fires looping: ${'pod crash-loop-7d9f8b6c5d-x2x9q is restarted again and again; '.repeat(3)}`,
  },
];
const watched = { startedAt: START, now: at(61) };

describe.each([80, 160])('the demo on a terminal of %i columns', (columns) => {
  const screen = { columns, rows: 24 };
  const shown = { ...watched, speed: 6, kubeconfig: '/tmp/kubeskippy-demo-x/kubeconfig', progress: PROGRESS };

  it('has a screen that fits', () => {
    const rows = frame({ ...shown, news: NEWS }, screen, PLAIN);
    expect(rows.filter((row) => row.length > columns)).toEqual([]);
    expect(`${rows.join('\n')}\n`).toMatchSnapshot();
  });

  it('has no more rows than the terminal, and the newest news in them', () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ at: at(index), scenario: 'x', text: `event ${index}` }));
    const rows = frame({ ...shown, news: many }, screen, PLAIN);
    expect([rows.length, rows.at(-1)]).toEqual([24, expect.stringContaining('event 59')]);
  });

  it('has a story and an end that fit', () => {
    const told = { startedAt: START, lines: 4, columns };
    const rows = [
      ...NEWS.flatMap((one) => newsLines(one, told, PLAIN)),
      '',
      ...table(PROGRESS, columns, PLAIN),
      '',
      ...summary(PROGRESS, { ...watched, columns }, PLAIN),
    ];
    expect(rows.filter((row) => row.length > columns)).toEqual([]);
    expect(`${rows.join('\n')}\n`).toMatchSnapshot();
  });
});
