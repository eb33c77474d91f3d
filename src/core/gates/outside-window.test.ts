import { HOUR, judgedPolicy, T0 } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { outsideWindow } from './outside-window.ts';

// T0 is midnight UTC.
const windows = (...list: readonly Record<string, unknown>[]) => ({
  policy: judgedPolicy({}, { windows: list.map((one) => ({ timeZone: 'UTC', ...one })) }),
});
gateTable(outsideWindow, [
  ['no windows: always', {}, undefined],
  ['inside an allow window', windows({ type: 'allow', schedule: '0 0 * * *', duration: '1h' }), undefined],
  [
    'outside it, until it opens',
    windows({ type: 'allow', schedule: '0 2 * * *', duration: '1h' }),
    'outside every allow window',
    T0 + 2 * HOUR,
  ],
  [
    'outside two, until the first opens',
    windows(
      { type: 'allow', schedule: '0 5 * * *', duration: '1h' },
      { type: 'allow', schedule: '0 2 * * *', duration: '1h' },
    ),
    'outside every allow window',
    T0 + 2 * HOUR,
  ],
  [
    'inside a deny window, until it closes',
    windows({ type: 'deny', schedule: '0 0 * * *', duration: '1h' }),
    'inside the deny window',
    T0 + HOUR,
  ],
  [
    'deny wins over allow',
    windows(
      { type: 'allow', schedule: '0 0 * * *', duration: '2h' },
      { type: 'deny', schedule: '0 0 * * *', duration: '1h' },
    ),
    'inside the deny window',
    T0 + HOUR,
  ],
  ['outside a deny window', windows({ type: 'deny', schedule: '0 3 * * *', duration: '1h' }), undefined],
]);
