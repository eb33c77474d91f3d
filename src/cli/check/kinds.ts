/** Whether the kinds of the cluster are those of this program. Pure. */
import { fieldsBeyond, namedFields, schemaOf } from '../../api/kind-fields.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { CheckFinding } from './finding.ts';

interface Definition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export function kindFinding(ours: KubeObject, found: KubeObject | undefined): CheckFinding {
  const { name } = ours.metadata;
  const check = `kind ${name}`;
  if (found === undefined)
    return { check, state: 'failed', message: 'the cluster does not have it', todo: 'run kubeskippy install' };
  const { status } = found as unknown as Definition;
  if (!(status?.conditions ?? []).some((one) => one.type === 'Established' && one.status === 'True'))
    return { check, state: 'failed', message: 'it is not served yet', todo: `kubectl describe crd ${name} says why` };
  const missing = fieldsBeyond(schemaOf(ours), schemaOf(found));
  if (missing.length > 0)
    return {
      check,
      state: 'failed',
      message: `it is older than this program: it has no ${namedFields(missing)}`,
      todo: 'run kubeskippy install, which keeps policies and actions',
    };
  const unknown = fieldsBeyond(schemaOf(found), schemaOf(ours));
  if (unknown.length > 0)
    return {
      check,
      state: 'warning',
      message: `it is newer than this program, which does not know ${namedFields(unknown)}`,
      todo: 'use a newer kubeskippy',
    };
  return { check, state: 'ok', message: 'as this program knows it' };
}
