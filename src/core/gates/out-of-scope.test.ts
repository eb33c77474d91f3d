import { it } from 'vitest';
import { judgedPolicy, proposal, T0, workload } from '../../../test/kit/core-data.ts';
import { expectVerdict, gateTable } from '../../../test/kit/gate-table.ts';
import { outOfScope } from './out-of-scope.ts';

const { object: _there, ...goneTarget } = proposal();
it('the target is gone', () => {
  expectVerdict(outOfScope.check(goneTarget, T0), outOfScope, { text: 'Deployment shop/web is gone' });
});

it('the target has no UID in an action that a person made', () => {
  const { target, ...rest } = proposal();
  const nameless = { ...rest, target: { ...target, uid: '' } };
  expectVerdict(outOfScope.check(nameless, T0), outOfScope, { text: 'make another one with spec.targetResource.uid' });
});

gateTable(outOfScope, [
  ['as it was decided on', {}, undefined],
  [
    'replaced by another of the same name (I8)',
    { object: workload('Deployment', { metadata: { uid: 'new' } }) },
    'replaced',
  ],
  [
    'being deleted',
    { object: workload('Deployment', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) },
    'being deleted',
  ],
  ['outside the selector', { policy: judgedPolicy({ outOfScope: 'its labels do not match' }) }, 'labels do not match'],
]);
