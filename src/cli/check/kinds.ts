/** Whether the kinds of the cluster are those of this program. Pure. */
import type { SchemaNode } from '../../api/crd.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { CheckFinding } from './finding.ts';

interface Definition {
  readonly spec?: {
    readonly versions?: readonly {
      readonly name: string;
      readonly served?: boolean;
      readonly schema?: { readonly openAPIV3Schema?: SchemaNode };
    }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** A few names say which version is the older one. */
const MOST_NAMED = 3;

export function kindFinding(ours: KubeObject, found: KubeObject | undefined): CheckFinding {
  const { name } = ours.metadata;
  const check = `kind ${name}`;
  if (found === undefined)
    return { check, state: 'failed', message: 'the cluster does not have it', todo: 'run kubeskippy install' };
  const { status } = found as unknown as Definition;
  if (!(status?.conditions ?? []).some((one) => one.type === 'Established' && one.status === 'True'))
    return { check, state: 'failed', message: 'it is not served yet', todo: `kubectl describe crd ${name} says why` };
  const [wanted, there] = [fieldsOf(ours), fieldsOf(found)];
  const missing = [...wanted].filter((field) => !there.has(field));
  if (missing.length > 0)
    return {
      check,
      state: 'failed',
      message: `it is older than this program: it has no ${named(missing)}`,
      todo: 'run kubeskippy install, which keeps policies and actions',
    };
  const unknown = [...there].filter((field) => !wanted.has(field));
  if (unknown.length > 0)
    return {
      check,
      state: 'warning',
      message: `it is newer than this program, which does not know ${named(unknown)}`,
      todo: 'use a newer kubeskippy',
    };
  return { check, state: 'ok', message: 'as this program knows it' };
}

const named = (fields: readonly string[]): string =>
  `${fields.slice(0, MOST_NAMED).join(', ')}${fields.length > MOST_NAMED ? ` and ${fields.length - MOST_NAMED} more` : ''}`;

/** Paths of all fields of the version that is served. */
function fieldsOf(definition: KubeObject): ReadonlySet<string> {
  const { spec } = definition as unknown as Definition;
  const schema = spec?.versions?.find(({ served }) => served === true)?.schema?.openAPIV3Schema;
  const fields = new Set<string>();
  const walk = (node: SchemaNode, path: string): void => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const at = path === '' ? name : `${path}.${name}`;
      fields.add(at);
      walk(child, at);
    }
    if (node.items !== undefined) walk(node.items, `${path}[]`);
  };
  walk(schema ?? {}, '');
  return fields;
}
