import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { createLogger, type LoggingOptions } from './logging.ts';

function written(options: Partial<LoggingOptions>, destination: { readonly isTTY?: boolean } = {}): string {
  let text = '';
  const logger = createLogger({
    level: 'info',
    clock: new VirtualClock(),
    destination: { write: (line) => (text += line), ...destination },
    ...options,
  });
  logger.warn(
    { policy: 'shop/web', error: new Error('no route\nto host'), token: 'canary' },
    'it was \u001b[31mnot sent',
  );
  return text;
}

describe('the log', () => {
  it('is JSON where no terminal is', () => {
    expect(JSON.parse(written({}))).toEqual({
      level: 'warn',
      time: '2026-01-01T00:00:00.000Z',
      policy: 'shop/web',
      error: { name: 'Error', message: 'no route\nto host' },
      token: '[redacted]',
      msg: 'it was \u001b[31mnot sent',
    });
  });

  it('is a line for people where it is asked for, with nothing that moves the cursor', () => {
    expect(written({ format: 'text' })).toBe(
      '00:00:00 WARN  it was \\u001b[31mnot sent  policy=shop/web ' +
        'error={"name":"Error","message":"no route\\nto host"} token=[redacted]\n',
    );
  });

  it('is that on a terminal, coloured, unless JSON is asked for', () => {
    const coloured = written({}, { isTTY: true });
    expect(coloured).toContain('\u001b[33mWARN \u001b[39m it was \\u001b[31mnot sent');
    expect(written({ format: 'json' }, { isTTY: true })).toBe(written({}));
  });
});
