import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox } from '../index.ts';
import { decodeObject, isProtobuf, ProtobufError } from './decoder.ts';
import { encodeObject } from './encoder.ts';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'default',
    labels: { app: 'web', tier: '' },
    generation: 3,
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        volumes: [{ name: 'scratch', emptyDir: {} }],
        containers: [
          {
            name: 'main',
            image: 'app:1',
            args: ['', '-v'],
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: { limits: { memory: '64Mi' } },
            readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 2 },
          },
        ],
        terminationGracePeriodSeconds: 0,
      },
    },
  },
};
const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'p' },
  eventTime: '2026-01-01T00:00:00.123456Z',
  lastTimestamp: '2026-01-01T00:00:01Z',
};
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: 'AAEC/w==' } };
const revision = {
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name: 'r' },
  data: { spec: { replicas: 1 } },
  revision: -1,
};

describe('protobuf bodies', () => {
  it.each([deployment, event, secret, revision])('$kind comes back as it was encoded', (object) => {
    const bytes = encodeObject(object);
    expect(bytes !== undefined && isProtobuf(bytes)).toBe(true);
    expect(decodeObject(bytes ?? Buffer.alloc(0))).toEqual(object);
  });

  it('any truncation is refused or is a shorter object, and never anything else', () => {
    const bytes = encodeObject(deployment) ?? Buffer.alloc(0);
    for (let length = 4; length < bytes.byteLength; length++) {
      try {
        decodeObject(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError);
      }
    }
  });

  it('a kind without protobuf is refused by name', () => {
    const body = Buffer.from('6b3873000a0a0a02763112045468657812001a002200', 'hex');
    expect(() => decodeObject(body)).toThrow(ProtobufError);
  });

  it('the server takes what kubectl create sends, with the same defaults as JSON', async () => {
    const sandbox = createSandbox({ clock: new VirtualClock(), controllers: 'off', scheduler: 'off', kubelet: 'off' });
    const answers: unknown[] = [];
    for (const [name, type] of [
      ['one', 'application/vnd.kubernetes.protobuf'],
      ['two', 'application/json'],
    ] as const) {
      const object = { ...deployment, metadata: { name, namespace: 'default', labels: { app: 'web' } } };
      const body = type === 'application/json' ? JSON.stringify(object) : (encodeObject(object) ?? '');
      const path = '/apis/apps/v1/namespaces/default/deployments';
      const answer = await sandbox.transport().send({ method: 'POST', path, headers: { 'content-type': type }, body });
      answers.push([
        answer.status,
        answer.body.form === 'object' ? (answer.body.value as { spec: unknown }).spec : undefined,
      ]);
    }
    await sandbox.close();
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toEqual([201, expect.objectContaining({ revisionHistoryLimit: 10 })]);
  });
});
