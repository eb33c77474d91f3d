/** The files of `examples/actions`: a broken object each, and a policy whose action heals it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { PolicySpecInput } from '../../src/api/healing-policy.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';

export interface ExampleAction {
  /** Of the file, without its ending. */
  readonly name: string;
  /** In the order of the file: what is applied twice is updated. */
  readonly objects: readonly KubeObject[];
  readonly policy: KubeObject & { readonly spec: Pick<PolicySpecInput, 'actions'> };
}

const FOLDER = join(import.meta.dirname, '../../examples/actions');

export function exampleActions(): readonly ExampleAction[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  return files.toSorted().map((file) => {
    const documents = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map(
      (document) => document.toJS() as KubeObject,
    );
    const isPolicy = (object: KubeObject): object is ExampleAction['policy'] => object.kind === 'HealingPolicy';
    const [policy, ...others] = documents.filter(isPolicy);
    if (policy === undefined || others.length > 0) throw new Error(`examples/actions/${file} must have one policy`);
    return { name: file.replace(/\.yaml$/, ''), objects: documents.filter((object) => !isPolicy(object)), policy };
  });
}
