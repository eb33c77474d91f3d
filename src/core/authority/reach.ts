/**
 * How far the requests of an action type reach, as data. Each type declares it beside its plan, and `path-check.ts`
 * holds every request to it when it is sent, whatever has made the request.
 */
import type { PolicyRule } from '../../api/rbac.ts';

export type Reach =
  | RequestReach
  /** Endpoints or channels of the operator's configuration. */
  | { readonly to: 'endpoints'; readonly names: readonly string[] }
  /** What a plugin has declared, and the namespaces of the policy or the action bound. */
  | { readonly to: 'declared objects'; readonly rules: readonly PolicyRule[] };

export interface RequestReach {
  readonly to: Place;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly subresource?: string;
  /** What a patch may change, as JSON pointers: `*` stands for one segment, `**` at the end for all below. */
  readonly fields?: readonly string[];
}

/** Objects, as they relate to the target. */
export type Place = 'the target' | 'its pods' | 'the pods of the node' | 'its autoscaler' | 'a new Job';

export const patchOfTarget = (fields: readonly string[], subresource?: string): RequestReach => ({
  to: 'the target',
  method: 'PATCH',
  fields,
  ...(subresource === undefined ? {} : { subresource }),
});

export const evictionOf = (to: 'the target' | 'its pods' | 'the pods of the node'): RequestReach => ({
  to,
  method: 'POST',
  subresource: 'eviction',
});
