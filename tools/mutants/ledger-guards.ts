/** The guards that keep limits, and what has begun, from deletions. */
import type { Guard } from './guard.ts';

const DELETED = 'test/attacks/deleted-history.test.ts';

export const LEDGER_GUARDS: readonly Guard[] = [
  {
    name: 'limits: no cause is added to a status that others have changed, which would seal it',
    file: 'src/operator/analysis/known-causes.ts',
    guard: 'if (action.doubt !== undefined) return undefined;',
    without: '',
    test: 'test/attacks/deleted-history.test.ts',
  },
  {
    name: 'limits: an action whose status was changed by others counts as if it had acted',
    file: 'src/core/action/past-action.ts',
    guard: 'const executed = tampered ||',
    without: 'const executed =',
    test: 'test/attacks/deleted-history.test.ts',
  },
  {
    name: 'history: an action that can act is held until the operator lets it go',
    file: 'src/operator/target/action-object.ts',
    guard: 'finalizers: dryRun ? undefined : [FINALIZER]',
    without: 'finalizers: undefined',
    test: 'src/operator/target/proposing.test.ts',
  },
  {
    name: 'history: an action that a person made is held before it begins',
    file: 'src/operator/action/claim-lap.ts',
    guard: 'const held = action.spec.dryRun || isHeld(action.metadata) ? action : await parts.hold(action);',
    without: 'const held = action;',
    test: 'src/operator/action/claim-lap.test.ts',
  },
  {
    name: 'history: what limits need is in the ledger before an action goes',
    file: 'src/operator/action/release-lap.ts',
    guard: 'if (past !== undefined) await ledger.remember(past);',
    without: '',
    test: 'src/operator/action/release-lap.test.ts',
  },
  {
    name: 'history: the ledger is a part of it',
    file: 'src/operator/history.ts',
    guard: 'for (const past of this.#ledger.entries()) this.#gone.put(past);',
    without: '',
    test: DELETED,
  },
  {
    name: 'history: the ledger is a part of the whole of it',
    file: 'src/core/ledger.ts',
    guard: 'return [...actions, ...entries.filter(({ uid }) => !there.has(uid))];',
    without: 'return actions;',
    test: 'src/operator/history.test.ts',
  },
  {
    name: 'history: the ledger is a part of what is read live',
    file: 'src/operator/action/gate-scenes.ts',
    guard: 'withLedger(history.read(actions), gone)',
    without: 'history.read(actions)',
    test: 'src/operator/action/gate-scenes.test.ts',
  },
  {
    name: 'history: limits belong to the name of a policy',
    file: 'src/core/history.ts',
    guard: 'action.policyUid === policy.uid || action.policy === `${policy.namespace}/${policy.name}`',
    without: 'action.policyUid === policy.uid',
    test: DELETED,
  },
  {
    name: 'history: what stands midway is finished before an action goes',
    file: 'src/core/action/departure.ts',
    guard: 'return status.effectTime !== undefined || status.nextAttemptTime !== undefined;',
    without: 'return true;',
    test: DELETED,
  },
  {
    name: 'history: a deletion waits for a bounded time',
    file: 'src/core/action/departure.ts',
    guard: "phase !== 'InProgress' || now >= deletedAt + MAX_DEPARTURE_MS",
    without: "phase !== 'InProgress'",
    test: DELETED,
  },
  {
    name: 'history: a ledger is believed by its seal',
    file: 'src/operator/ledger-store.ts',
    guard: "if (verdict.kind === 'valid')",
    without: "if (verdict.kind === 'valid' || Object.assign(verdict, { turn: 1 }))",
    test: DELETED,
  },
  {
    name: 'history: an action that went without being let go is remembered',
    file: 'src/operator/ledger-store.ts',
    guard: 'if (action !== undefined) missed(action);',
    without: '',
    test: DELETED,
  },
  {
    name: 'history: a reservation ends when its action is gone',
    file: 'src/operator/history.ts',
    guard: 'if (!this.#actions.visible(key)) continue;',
    without: 'continue;',
    test: 'src/operator/history.test.ts',
  },
];
