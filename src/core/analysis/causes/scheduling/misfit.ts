/** A pod that the scheduler can place nowhere, for one blocker. */
import { fromTimestamp } from '../../../../std/clock.ts';
import { conditionEvidence, type Evidence, eventEvidence, eventFirst, type ObjectRef } from '../../evidence.ts';
import type { Cause, Cures } from '../../finding.ts';
import type { PodObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { condition } from '../facts.ts';
import { BAD_TEMPLATE } from '../cures.ts';
import { type Blocker, type Fit, fitOf } from './fit.ts';

interface Misfit extends Pick<Cause, 'means' | 'todo' | 'when'> {
  readonly blockers: readonly Blocker[];
  readonly cures?: Cures;
  readonly specificity?: Cause['specificity'];
  readonly unless?: string;
  /** The rest of the sentence that begins with the name of the workload. */
  readonly text: (pod: PodObject, fit: Fit, snapshot: Snapshot) => string;
  readonly root?: (pod: PodObject, fit: Fit, snapshot: Snapshot) => ObjectRef | undefined;
  readonly more?: (pod: PodObject, fit: Fit, snapshot: Snapshot) => readonly Evidence[];
  /** Undefined where another rule says it better. */
  readonly only?: (pod: PodObject, fit: Fit, snapshot: Snapshot) => boolean;
}

export const misfit = ({
  blockers,
  text,
  root,
  more,
  only,
  unless,
  cures,
  specificity,
  ...cause
}: Misfit): Cause<'Pod'> => ({
  family: 'scheduling',
  specificity: specificity ?? 'exact',
  ...cause,
  unless: unless ?? 'The pod has a node, or something else stands in its way on more nodes.',
  cures: cures ?? BAD_TEMPLATE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    const fit = fitOf(pod, snapshot);
    if (fit === undefined || !blockers.includes(fit.chief)) return undefined;
    if (only !== undefined && !only(pod, fit, snapshot)) return undefined;
    const scheduled = condition(pod, 'PodScheduled');
    const first = fit.event !== undefined ? eventEvidence(fit.event) : scheduled && conditionEvidence(pod, scheduled);
    if (first === undefined) return undefined;
    const since = (fit.event && eventFirst(fit.event)) ?? fromTimestamp(scheduled?.lastTransitionTime);
    const at = root?.(pod, fit, snapshot);
    const owner = snapshot.rootOf(pod);
    return {
      root: at ?? owner,
      text: `A pod of ${owner.kind} ${owner.name} fits no node: ${text(pod, fit, snapshot)}`,
      evidence: [first, ...(more?.(pod, fit, snapshot) ?? [])],
      ...(since !== undefined && { since }),
    };
  },
});

export const onNodes = ({ counts, chief, nodes }: Fit): string =>
  nodes === undefined ? 'no node' : `${counts.get(chief) ?? nodes} of ${nodes} nodes`;
