import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { Untold } from './untold.ts';

function untold() {
  const clock = new VirtualClock();
  const changed: string[] = [];
  const known = new Untold({ clock, onChange: (namespaces) => void changed.push(...namespaces) });
  const fails = (channel: string, namespace: string): void =>
    known.failed(channel, { namespace, message: 'it answered 503' });
  return { clock, changed, known, fails };
}

describe('a channel that does not take what people have to know', () => {
  it('is named to the namespaces of its messages, and to no other', () => {
    const { known, fails } = untold();
    fails('chat', 'shop');
    expect([known.in('shop'), known.in('pay')]).toEqual([
      expect.stringMatching(/^channel chat has delivered nothing since .*: it answered 503$/),
      undefined,
    ]);
  });

  it('is forgotten when it takes a message, and each namespace is told once of either', () => {
    const { known, changed, fails } = untold();
    for (const namespace of ['shop', 'shop', 'pay']) fails('chat', namespace);
    known.delivered('chat');
    known.delivered('chat');
    expect([known.in('shop'), changed]).toEqual([undefined, ['shop', 'pay', 'shop', 'pay']]);
  });

  it('does not hide another that fails too', () => {
    const { known, fails } = untold();
    fails('chat', 'shop');
    fails('pager', 'shop');
    known.delivered('chat');
    expect(known.in('shop')).toContain('channel pager');
  });

  it('is said for a day after its last failure', async () => {
    const { clock, known, fails } = untold();
    fails('chat', 'shop');
    await clock.advance(23 * 3_600_000);
    fails('chat', 'shop');
    await clock.advance(23 * 3_600_000);
    expect(known.in('shop')).toBeDefined();
    await clock.advance(3_600_000);
    expect(known.in('shop')).toBeUndefined();
  });

  it('is named to a thousand namespaces, and takes no room for more', () => {
    const { changed, fails } = untold();
    for (let index = 0; index < 1500; index++) fails('chat', `ns-${index}`);
    expect(changed).toHaveLength(1000);
  });
});
