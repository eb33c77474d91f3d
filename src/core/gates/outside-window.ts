import type { Window } from '../../api/policy.ts';
import { windowAt } from '../../api/windows.ts';
import { ALLOW, type Gate, refuse } from './proposal.ts';

/** Now is outside every `allow` window, or inside a `deny` window, which wins. */
export const outsideWindow: Gate = {
  reason: 'OutsideWindow',
  check: ({ policy }, now) => {
    const windows = policy?.safety.windows ?? [];
    for (const window of windows.filter(({ type }) => type === 'deny')) {
      const { inside, until } = windowAt(window, now);
      if (inside) return refuse('OutsideWindow', `inside the deny window ${describe(window)}`, until);
    }
    const allowed = windows
      .filter(({ type }) => type === 'allow')
      .map((window) => ({ window, state: windowAt(window, now) }));
    if (allowed.length === 0 || allowed.some(({ state }) => state.inside)) return ALLOW;
    const starts = allowed.map(({ state }) => state.until).filter((at) => at !== undefined);
    const list = allowed.map(({ window }) => describe(window)).join('; ');
    return refuse(
      'OutsideWindow',
      `outside every allow window (${list})`,
      starts.length > 0 ? Math.min(...starts) : undefined,
    );
  },
  passed: ({ policy }, now) => {
    const windows = policy?.safety.windows ?? [];
    const state = (window: Window) => (windowAt(window, now).inside ? 'open' : 'closed');
    const list = windows.map((window) => `${window.type} window ${describe(window)} is ${state(window)}`);
    return list.length === 0 ? 'there are no windows' : list.join('; ');
  },
};

const describe = (window: Window): string =>
  `"${window.schedule}" ${window.timeZone} for ${Math.round(window.durationMs / 60_000)}m`;
