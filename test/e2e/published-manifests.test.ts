/**
 * Manifests that others publish, where their snapshots lie in the folder that MANIFESTS names: every object is taken
 * and every pod gets ready, but for causes that a real cluster has as well.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applied, objectsIn } from '../kit/manifest-folder.ts';

/** A large file has hundreds of definitions, each checked and compiled. */
const FILE_MS = 300_000;

/** Why an object of such a file is refused by a cluster that has nothing else. */
const REFUSALS: readonly RegExp[] = [
  // Definitions of other projects: ServiceMonitors of Prometheus, Certificates of cert-manager.
  /: no matches for kind "\w+" in version "[\w./-]+"$/,
  // The page of the install says to make it first.
  /: 404 namespaces "[\w-]+" not found$/,
  // Its webhook is there already, and nothing answers for it yet.
  /: 500 Internal error occurred: failed calling webhook "/,
  // A placeholder stands where a person is to write a value.
  /^Secret .*: 500 failed to convert new typed object to object: illegal base64 data at input byte \d+$/,
  // What the page of the sandbox says that it leaves out.
  / is forbidden: the sandbox /,
];

/** Why a pod of such a file waits, or is not made. */
const WAITS: readonly RegExp[] = [
  // A Job or a person makes them, and no program runs here.
  /: FailedMount: MountVolume\.SetUp failed for volume "[^"]+" : (?:secret|configmap|references non-existent)/,
  /: Failed: Error: (?:secret|configmap) "[\w.-]+" not found$/,
  /: Failed: Error: couldn't find key /,
  /: FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets /,
  /: FailedCreate: .*(?:serviceaccount|priority class|PriorityClass).* not found/,
  /: FailedCreate: .*failed calling webhook "/,
  // Devices, roles and sizes of nodes that three plain ones do not have.
  /: FailedScheduling: 0\/3 nodes are available: /,
];

describe('manifests in our words', () => {
  it('are applied object by object, definitions first', async () => {
    const text = `
apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: shop }
---
# nothing
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Namespace, metadata: { name: shop } }
  - { apiVersion: example.com/v2, kind: Widget, metadata: { name: two, namespace: shop } }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, kind: Widget }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
---
apiVersion: v1
kind: Pod
metadata: { name: locked, namespace: shop }
spec:
  containers: [{ name: main, image: 'web:1', envFrom: [{ secretRef: { name: settings } }] }]
---
apiVersion: v1
kind: Pod
metadata: { generateName: plain-, namespace: shop }
spec:
  containers: [{ name: main, image: 'web:1', env: [{ name: A, valu: b }] }]
---
apiVersion: v1
kind: Pod
metadata: { generateName: plain-, namespace: shop }
spec:
  containers: [{ name: main, image: 'web:1' }]
`;
    expect(objectsIn(text)).toHaveLength(7);
    const end = await applied(text);
    expect(end).toEqual({
      objects: 7,
      refused: [
        'Widget shop/two: no matches for kind "Widget" in version "example.com/v2"',
        'Pod shop/plain-: 400 Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].env[0].valu"',
      ],
      waiting: ['shop/locked: Failed: Error: secret "settings" not found'],
      ready: 1,
    });
  });
});

const folder = process.env['MANIFESTS'];
const files = folder === undefined ? [] : readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
if (files.length === 0) console.warn('skipped: MANIFESTS names no folder with published manifests');

describe.skipIf(files.length === 0)('published manifests', () => {
  it.each(files.length === 0 ? ['none'] : files)(
    '%s ends as on a real cluster',
    async (name) => {
      const { objects, refused, ready, waiting } = await applied(readFileSync(join(folder ?? '', name), 'utf8'));
      const told = (line: string): boolean => REFUSALS.some((cause) => cause.test(line));
      const known = (line: string): boolean => WAITS.some((cause) => cause.test(line));
      console.log(
        [
          `${name}: ${objects} objects, ${refused.length} refused, ${ready} pods ready, ${waiting.length} reasons to wait`,
          ...[...refused, ...waiting].map((line) => `  ${line}`),
        ].join('\n'),
      );
      expect(objects).toBeGreaterThan(0);
      expect(refused.filter((line) => !told(line))).toEqual([]);
      expect(waiting.filter((line) => !known(line))).toEqual([]);
    },
    FILE_MS,
  );
});
