/**
 * A quota refuses what would exceed it:
 * `exceeded quota: cpu-quota, requested: requests.cpu=1, used: requests.cpu=10, limited: requests.cpu=10`.
 * https://github.com/kubernetes/apiserver/blob/v0.33.0/pkg/admission/plugin/resourcequota/controller.go
 */
import type { Cause } from '../../finding.ts';
import { given } from '../../../../std/given.ts';
import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

interface QuotaOf extends Pick<Cause, 'means' | 'todo'> {
  /** Of names of resources in a quota, as a pattern: `(?:requests\.|limits\.)?cpu`. */
  readonly resource: string;
}

export function quotaOn({ resource, means, todo }: QuotaOf): ReturnType<typeof refusalOfPods> {
  return refusalOfPods({
    means,
    todo,
    when: 'A controller that lacks pods says FailedCreate with "exceeded quota" and this resource.',
    message: new RegExp(
      `exceeded quota: ([^,]+), requested: .*?(\\b${resource})=([^, ]+).*? limited: .*?\\b${resource}=([^, ]+)`,
    ),
    found(workload, [quota = '', name = '', requested = '', limit = ''], snapshot) {
      const namespace = shopOf(workload);
      return {
        root: { kind: 'ResourceQuota', ...given({ namespace }), name: quota },
        text: `Quota ${quota} of namespace ${namespace} has no room for pods of ${nameOf(workload, snapshot)}: they ask for ${name}=${requested}, and the limit is ${limit}.`,
      };
    },
  });
}
