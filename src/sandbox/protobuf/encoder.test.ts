import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../kube/codec.ts';
import { projection } from '../../kube/projection.ts';
import { wireCodec } from '../../kube/protobuf/codec.ts';
import { StringPool } from '../../kube/string-pool.ts';
import { PODS } from '../../kube/well-known.ts';
import { encodeObject } from './encoder.ts';

const answer = (bytes: Uint8Array, type: string) => ({
  status: 200,
  headers: { 'content-type': type },
  body: {
    form: 'bytes' as const,
    chunks: (async function* () {
      yield bytes;
    })(),
  },
});
const listOf = (type: { kind: string }, apiVersion: string, items: readonly unknown[]) => ({
  apiVersion,
  kind: `${type.kind}List`,
  metadata: { resourceVersion: '7' },
  items,
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const labels = fc.dictionary(fc.stringMatching(/^[a-z][a-z./-]{0,20}$/), fc.string({ maxLength: 12 }), {
  maxKeys: 4,
  noNullPrototype: true,
});
const seconds = fc
  .integer({ min: 0, max: 4_000_000_000 })
  .map((at) => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`);
const metadata = fc.record(
  {
    name,
    namespace: name,
    uid: fc.uuid(),
    resourceVersion: fc.integer({ min: 1 }).map(String),
    creationTimestamp: seconds,
    labels: labels.filter((map) => Object.keys(map).length > 0),
    generation: fc.integer({ min: 1 }),
  },
  { requiredKeys: ['name', 'uid', 'resourceVersion', 'creationTimestamp'] },
);
const condition = fc.record({
  type: name,
  status: fc.constantFrom('True', 'False', 'Unknown'),
  lastTransitionTime: seconds,
  reason: name,
  message: fc.string({ minLength: 1, unit: 'grapheme' }),
});
const pod = fc.record({
  metadata,
  spec: fc.record(
    {
      nodeName: name,
      restartPolicy: fc.constantFrom('Always', 'Never'),
      priority: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
      terminationGracePeriodSeconds: fc.integer(),
    },
    { requiredKeys: [] },
  ),
  status: fc.record(
    {
      phase: fc.constantFrom('Pending', 'Running', 'Failed'),
      conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
      containerStatuses: fc.array(
        fc.record({
          name,
          ready: fc.boolean(),
          restartCount: fc.integer({ min: 0, max: 2_147_483_647 }),
          image: name,
          imageID: fc.string(),
          state: fc.record({ waiting: fc.record({ reason: name }) }, { requiredKeys: [] }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: [] },
  ),
});

const KEPT = projection('kept', [
  'spec.nodeName',
  'spec.priority',
  'spec.terminationGracePeriodSeconds',
  'status.phase',
  'status.conditions.type',
  'status.conditions.status',
  'status.conditions.message',
  'status.conditions.lastTransitionTime',
  'status.containerStatuses.name',
  'status.containerStatuses.ready',
  'status.containerStatuses.restartCount',
  'status.containerStatuses.imageID',
  'status.containerStatuses.state',
]);

describe('random pods', () => {
  it('decode to the same projection by JSON and by protobuf', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pod, { maxLength: 3 }), async (items) => {
        const list = listOf(PODS, 'v1', items);
        const json = await jsonCodec(PODS, KEPT, new StringPool()).readPage(
          answer(Buffer.from(JSON.stringify(list)), 'application/json'),
        );
        const encoded = encodeObject(list) ?? Buffer.alloc(0);
        const read = await wireCodec(PODS, KEPT, new StringPool()).readPage(
          answer(encoded, 'application/vnd.kubernetes.protobuf'),
        );
        // How many bytes it took is the one thing that differs.
        expect({ ...read, bytes: json.bytes }).toEqual(json);
      }),
      { numRuns: 300, seed: 42 },
    );
  });
});
