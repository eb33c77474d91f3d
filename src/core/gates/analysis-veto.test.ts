import { judgedPolicy, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import type { AnalysisFacts } from '../analysis/standing.ts';
import { analysisVeto } from './analysis-veto.ts';

const veto = judgedPolicy({ analysis: { mode: 'veto', order: 'priority' } });
const root = { kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
const missing: AnalysisFacts = {
  at: T0 - SECOND,
  causes: [{ cause: 'ConfigMapMissing', root, confidence: 'certain' }],
};
const holdBack = { stance: 'holdBack', confidence: 'high' } as const;

gateTable(analysisVeto, [
  ['allows where it was not looked', { policy: veto }, undefined],
  ['allows where the rules abstain', { policy: veto, analysis: { at: T0, causes: [] } }, undefined],
  ['allows where the policy is only advised', { policy: judgedPolicy(), analysis: missing }, undefined],
  ['allows what a person made', { analysis: missing }, undefined],
  [
    'refuses what cannot help, until it is looked again',
    { policy: veto, analysis: missing },
    'A restart cannot help: ConfigMapMissing at ConfigMap shop/settings',
    T0 + 119 * SECOND,
  ],
  [
    'refuses what was found long ago until the next look that is due',
    { policy: veto, analysis: { ...missing, at: T0 - 5 * MINUTE } },
    'A restart cannot help',
    T0 + MINUTE,
  ],
  ['allows what helps', { policy: veto, analysis: missing, actionType: 'patch' }, undefined],
  [
    'waits for the first look, for a while',
    { policy: veto, analysis: { causes: [], awaitedUntil: T0 + SECOND } },
    'the cause is being looked for',
    T0 + SECOND,
  ],
  [
    'waits for it too where the cause orders the ladder',
    {
      policy: judgedPolicy({ analysis: { mode: 'advise', order: 'cause' } }),
      analysis: { causes: [], awaitedUntil: T0 + 1 },
    },
    'the cause is being looked for',
    T0 + 1,
  ],
  ['does not wait for advice', { policy: judgedPolicy(), analysis: { causes: [], awaitedUntil: T0 + 1 } }, undefined],
  ['waits no longer than that', { policy: veto, analysis: { causes: [], awaitedUntil: T0 } }, undefined],
  [
    'refuses what a model sees no sense in, where the rules do not know better',
    { policy: veto, analysis: { at: T0, causes: [], model: holdBack } },
    'The model sees no action of the policy that helps',
    T0 + 2 * MINUTE,
  ],
  [
    'allows what the rules know to help, whatever a model says',
    { policy: veto, analysis: { ...missing, model: holdBack }, actionType: 'patch' },
    undefined,
  ],
]);
