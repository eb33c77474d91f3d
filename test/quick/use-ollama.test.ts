/** The manifest of the page about Ollama, applied as it stands there. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseOperatorConfig } from '../../src/api/parse-operator-config.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { DEPLOYMENTS } from '../kit/resources.ts';
import { TestCluster } from '../kit/test-cluster.ts';

const PAGE = readFileSync('docs/how-to/use-ollama.md', 'utf8');
const [manifest = '', settings = ''] = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

describe('the page about Ollama', () => {
  it('has a manifest that a cluster takes, and that comes up', async () => {
    const world = new TestCluster(1);
    const client = new KubeClient({ transport: world.sandbox.transport(), clock: world.clock, fieldManager: 'test' });
    const types = new Discovery(client);
    await world.clock.advance(5_000);
    const objects = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject);
    expect(objects.map(({ kind }) => kind)).toEqual(['Namespace', 'PersistentVolumeClaim', 'Deployment', 'Service']);
    for (const object of objects) {
      const type = await types.resolve(object.apiVersion, object.kind);
      if (type === undefined) throw new Error(`no kind ${object.kind}`);
      await client.patch(type, object.metadata, { type: 'apply', body: object, force: 'TakeOwnership' });
    }
    await world.clock.advance(60_000);
    const status = world.cluster.get(DEPLOYMENTS, { namespace: 'ollama', name: 'ollama' })?.['status'];
    expect(status).toMatchObject({ readyReplicas: 1 });
  });

  it('has settings that the operator takes', () => {
    expect(settings).toContain('provider: ollama');
    expect(parseOperatorConfig(settings)).toBeDefined();
  });
});
