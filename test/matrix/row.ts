/**
 * One row of the matrix: an action type on a kind. The target's trouble is an Event `Broken` about it, written by the
 * play again and again until the action has done what it does (or for ever, when it never helps), so that each row is
 * about the action and not about a particular failure.
 */
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { PolicyRule } from '../../src/api/rbac.ts';
import type { ActionRegistry } from '../../src/core/actions/index.ts';
import type { TestCluster } from '../kit/test-cluster.ts';

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface Change {
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
}

export interface Row {
  readonly type: string;
  /** Tells rows of one type and kind apart: a strategy, say. */
  readonly variant?: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
  /** The action's block and whatever else its template carries. */
  readonly action: object;
  /** Creates the target and what it needs. The play waits until nothing moves any more. */
  readonly setUp: (world: TestCluster) => void | Promise<void>;
  /** Whether the target, as it is now, or what else is there shows what the action does. */
  readonly acted: (
    target: KubeObject,
    first: KubeObject,
    seen: { readonly world: TestCluster; readonly effects: readonly string[] },
  ) => boolean;
  /**
   * What is counted as an effect: the resource in which it shows, and its name for one committed change; or calls to
   * somebody outside.
   */
  readonly effects: { readonly resource: Resource; readonly of: (change: Change) => string | undefined } | 'calls';
  /** The operator's action types, when they are others than the built-in ones. */
  readonly registry?: ActionRegistry;
  /** What the operator must be given beside what `kubeskippy install` gives it: it knows no custom kinds. */
  readonly permissions?: readonly PolicyRule[];
  /** The effects of one healing, in order. */
  readonly once: readonly string[];
  /** The effects that take it back when it never helps. Absent: there is no way back. */
  readonly undone?: readonly string[];
  /** Attempts that it takes when its first request is refused. Absent: two; one, where the next stage asks again. */
  readonly attempts?: 1;
  /** How it ends when it never helps. Absent: `Failed`; `Succeeded` for what only has to be there (a cordoned node). */
  readonly hopeless?: 'Succeeded';
}
