import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, T0, WEB } from '../../test/kit/core-data.ts';
import { droppedEvents } from './dropped-events.ts';

function setUp() {
  const scene = { now: T0 };
  const lines: unknown[] = [];
  const counted: string[] = [];
  const log = (level: string) => (fields: object) => void lines.push({ level, ...fields });
  const dropped = droppedEvents({
    clock: { now: () => scene.now },
    logger: { info: log('info'), warn: log('warn') },
    observer: { eventDropped: (why) => void counted.push(why) },
  });
  const drop = (name: string, why: 'Spam' | 'WriteFailed' = 'WriteFailed') =>
    dropped({ notice: { about: { ...WEB, name }, type: 'Warning', reason: 'HealingBlocked', message: '' }, why });
  return { scene, lines, counted, drop };
}

describe('events that were not written', () => {
  it('are counted each, and make a line a minute that names the object of the first', () => {
    const { scene, lines, counted, drop } = setUp();
    for (let n = 0; n < 100; n++) drop(`web-${n}`);
    scene.now += MINUTE;
    drop('api');
    expect(counted).toHaveLength(101);
    expect(lines).toEqual([
      { level: 'warn', about: 'Deployment shop/web-0', reason: 'HealingBlocked', why: 'WriteFailed' },
      {
        level: 'warn',
        about: 'Deployment shop/api',
        reason: 'HealingBlocked',
        why: 'WriteFailed',
        alsoSinceLastLine: 99,
      },
    ]);
  });

  it('of another kind make a line of their own, and one event too many about an object needs nobody', () => {
    const { lines, drop } = setUp();
    drop('web');
    drop('web', 'Spam');
    expect(lines).toMatchObject([
      { level: 'warn', why: 'WriteFailed' },
      { level: 'info', why: 'Spam', about: 'Deployment shop/web' },
    ]);
  });

  it('are told again after the clock was set back', () => {
    const { scene, lines, drop } = setUp();
    drop('web');
    scene.now -= 60 * MINUTE;
    drop('web');
    scene.now += SECOND;
    drop('web');
    expect(lines).toHaveLength(2);
  });
});
