import { given } from '../../../../std/given.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { misfit } from './misfit.ts';

export const claimMissing = misfit({
  blockers: ['claim missing'],
  specificity: 'place',
  means: 'The pod names a PersistentVolumeClaim that is not there.',
  todo: 'Create the claim, or correct its name in the template. If its creation was refused, read why.',
  when: 'The scheduler says: persistentvolumeclaim "…" not found.',
  unless: 'The claim is there.',
  cures: OTHER_OBJECT,
  only: ({ metadata }, { detail }, snapshot) =>
    snapshot.has('PersistentVolumeClaim', { namespace: metadata.namespace, name: detail }) !== true,
  root: ({ metadata }, { detail }) => ({
    kind: 'PersistentVolumeClaim',
    ...given({ namespace: metadata.namespace }),
    name: detail,
  }),
  text: (_pod, { detail }) => `its claim ${detail} is not there.`,
});
