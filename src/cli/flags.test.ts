import { describe, expect, it } from 'vitest';
import { servicePlace } from './flags.ts';

describe('places of Services', () => {
  it('are read one by one', () => {
    const first = servicePlace('shop/hooks:443=127.0.0.1:9443');
    expect([...servicePlace('team/api:8443=[::1]:80', first)]).toEqual([
      ['shop/hooks:443', '127.0.0.1:9443'],
      ['team/api:8443', '[::1]:80'],
    ]);
  });

  it.each(['hooks:443=127.0.0.1:9443', 'shop/hooks=127.0.0.1:9443', 'shop/hooks:443', 'shop/hooks:443=127.0.0.1'])(
    '%s is refused',
    (text) => {
      expect(() => servicePlace(text)).toThrow('Must look like shop/hooks:443=127.0.0.1:9443.');
    },
  );
});
