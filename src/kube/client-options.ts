/** What each verb of `KubeClient` takes and answers. */

export interface WriteOptions {
  /** Validate and admit, commit nothing. */
  readonly dryRun?: 'All' | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page. Omitted: as many as are decoded within a moment (page-size.ts). */
  readonly limit?: number | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continueToken: string | undefined;
  /** Of the answer, where it came as bytes. */
  readonly bytes?: number;
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/**
 * `merge` RFC 7386, `json` RFC 6902, `strategic` by Kubernetes' merge keys, `apply` server-side apply (needs a field
 * manager).
 */
export type PatchType = 'merge' | 'json' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  /** The patch; serialised as JSON (which is YAML enough for `apply`). */
  readonly body: unknown;
  readonly subresource?: string | undefined;
  /** `apply` only: take over fields that others own. */
  readonly force?: 'TakeOwnership' | undefined;
}

export interface DeleteOptions extends Omit<WriteOptions, 'fieldManager' | 'fieldValidation'> {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

export interface SubresourceWrite extends WriteOptions {
  readonly subresource: string;
  readonly body: unknown;
}
