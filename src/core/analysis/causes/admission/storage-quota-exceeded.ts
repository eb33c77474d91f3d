import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { given } from '../../../../std/given.ts';
import { isPod } from '../../objects.ts';
import { foundBy, heard, isUnscheduled } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';

const MESSAGE = /exceeded quota: ([^,]+), requested: .*?(?:requests\.storage|persistentvolumeclaims)=/;

/**
 * A claim that is refused leaves no object and, unless a StatefulSet makes it, no event: a pod waits for a claim that
 * is not there, in a namespace whose quota limits storage.
 */
export const storageQuotaExceeded: Cause<'StatefulSet' | 'Pod'> = {
  family: 'admission',
  specificity: 'exact',
  means: 'A quota of the namespace has no room for the claim of a volume.',
  todo: 'Raise the quota for storage, or let the claim ask for less. Then apply the claim again.',
  when: 'A StatefulSet says FailedCreate with "exceeded quota" and storage. Likely, when a pod waits for a claim that is not there, and a quota limits storage.',
  unless: 'The claim is there.',
  cures: OTHER_OBJECT,
  kinds: ['StatefulSet', 'Pod'],
  find(object, snapshot) {
    const { namespace } = object.metadata;
    if (object.kind === 'StatefulSet') {
      const said = heard(snapshot, object, { reasons: ['FailedCreate'], message: MESSAGE });
      if (said === undefined) return undefined;
      const [quota = ''] = said.groups;
      return foundBy(
        said,
        `Quota ${quota} of namespace ${namespace} has no room for claims of ${object.metadata.name}.`,
        {
          root: { kind: 'ResourceQuota', ...given({ namespace }), name: quota },
        },
      );
    }
    if (!isPod(object) || !isUnscheduled(object)) return undefined;
    const quota = snapshot
      .in('ResourceQuota', namespace)
      .find(({ spec, status }) =>
        Object.keys(status?.hard ?? spec?.hard ?? {}).some((name) =>
          /requests\.storage$|persistentvolumeclaims$/.test(name),
        ),
      );
    const said = heard(snapshot, object, {
      reasons: ['FailedScheduling'],
      message: /persistentvolumeclaim "([^"]+)" not found/,
    });
    const [claim = ''] = said?.groups ?? [];
    if (quota === undefined || said === undefined) return undefined;
    if (snapshot.has('PersistentVolumeClaim', { namespace, name: claim }) !== false) return undefined;
    const limits = Object.entries(quota.status?.hard ?? quota.spec?.hard ?? {})
      .map(([name, hard]) => `${name} ${quota.status?.used?.[name] ?? '?'} of ${hard}`)
      .join(', ');
    const found = foundBy(
      said,
      `Claim ${claim} is not there, and quota ${quota.metadata.name} of namespace ${namespace} limits storage (${limits}): it is likely that the claim was refused.`,
      { root: refOf(quota), likely: true },
    );
    return { ...found, evidence: [...found.evidence, fieldEvidence(refOf(quota), 'used', `quota: ${limits}`)] };
  },
};
