/** Ownership of fields as the server keeps it on every write that comes in over its API. */
import type { KubeObject } from '../../shapes/kube.ts';
import { deepFreeze, type Draft } from '../machinery/json.ts';
import type { FieldTracking } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { apiVersionOf, type ResourceType, scaleSpecPath } from '../machinery/registry.ts';
import { atomOfType, blankOf } from '../schema/type-decoding.ts';
import { EMPTY_SET, type FieldSet, fieldSetOf } from './field-set.ts';
import { type FieldWrite, trackedFields } from './managed-fields.ts';

export interface WriteOf {
  readonly type: ResourceType;
  readonly manager: string;
  readonly now: number;
  readonly subresource: string;
}

const STATUS = fieldSetOf([['status']]);
const SPEC = fieldSetOf([['spec']]);
const SPEC_AND_METADATA = fieldSetOf([['spec'], ['metadata']]);

/** What a write through this endpoint cannot change. */
export function resetFields(type: ResourceType, subresource: string): FieldSet {
  const separate = type.custom ? type.custom.hasStatus : type.subresources.some(({ name }) => name === 'status');
  if (!separate) return EMPTY_SET;
  const own = type.strategy.resets?.[subresource];
  if (own) return setOf(own);
  if (subresource === 'status') return type.custom ? SPEC_AND_METADATA : SPEC;
  return STATUS;
}

const known = new WeakMap<readonly (readonly string[])[], FieldSet>();

function setOf(paths: readonly (readonly string[])[]): FieldSet {
  const present = known.get(paths);
  if (present) return present;
  const made = fieldSetOf(paths);
  known.set(paths, made);
  return made;
}

export const fieldWrite = ({ type, manager, now, subresource }: WriteOf): FieldWrite => ({
  atom: atomOfType(type),
  apiVersion: apiVersionOf(type),
  manager,
  subresource,
  now,
  reset: resetFields(type, subresource),
  ...(subresource === 'scale' ? { replicas: fieldSetOf([scaleSpecPath(type)]) } : {}),
});

/** Distinct field sets kept for sharing: workloads make few, and each is a few hundred bytes. Emptied when full. */
const MAX_SHARED = 4096;

export class OwnershipTracking implements FieldTracking {
  readonly #shared = new Map<string, unknown>();

  /** Writes of no manager (the sandbox's own controllers) leave owners as they are. */
  track(draft: Draft, old: KubeObject | undefined, write: WriteOf): void {
    if (write.manager === '') return;
    this.set(draft, trackedFields(old ?? blankOf(write.type), draft, fieldWrite(write)));
  }

  /** Thousands of pods of one workload have the same fields: their sets are kept once. */
  set(draft: Draft, entries: readonly Draft[]): void {
    const meta = metaOf(draft);
    if (entries.length === 0) {
      delete meta['managedFields'];
      return;
    }
    meta['managedFields'] = entries.map((entry) => ({ ...entry, fieldsV1: this.#share(entry['fieldsV1']) }));
  }

  #share(fields: unknown): unknown {
    const text = JSON.stringify(fields);
    const present = this.#shared.get(text);
    if (present !== undefined) return present;
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear();
    const frozen = deepFreeze(fields);
    this.#shared.set(text, frozen);
    return frozen;
  }
}
