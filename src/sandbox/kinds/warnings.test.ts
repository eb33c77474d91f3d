import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Draft } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { rangeWarnings, addressWarnings } from './address-warnings.ts';
import { CRON_JOB } from './cron-job.ts';
import { podSpecWarnings, templateWarnings } from './pod-warnings.ts';
import { keyPairProblem } from './tls-warnings.ts';
import { VOLUME } from './volume.ts';
import { DAEMON_SET } from './daemon-set.ts';
import { DEPLOYMENT, STATEFUL_SET } from './workloads.ts';

const main = { name: 'main', image: 'app:1' };
const context = { now: 0 } as unknown as Parameters<NonNullable<Strategy['warnings']>>[2];
const told = (strategy: Strategy, object: Draft, old?: Draft) =>
  strategy.warnings?.(object, old as KubeObject | undefined, context) ?? [];

describe('a pod', () => {
  test('that holds nothing odd warns of nothing', () => {
    expect(podSpecWarnings({ containers: [main] }, 'spec')).toEqual([]);
  });

  test('with ports that meet names the later one, and the first that has the name', () => {
    const port = { containerPort: 80, protocol: 'TCP', name: 'web' };
    const containers = [
      { ...main, ports: [port] },
      { ...main, name: 'side', ports: [{ ...port, hostPort: 8080 }] },
    ];
    expect(podSpecWarnings({ containers }, 'spec')).toEqual([
      'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[0]: duplicate port name "web" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    ]);
  });

  test('whose pods to stay away from are not selected is told so', () => {
    const affinity = {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] },
    };
    expect(podSpecWarnings({ containers: [main], affinity }, 'spec')).toEqual([
      'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod',
    ]);
  });

  test('that asks for a part of a byte, or is stopped before it is asked to, is told so', () => {
    const containers = [{ ...main, resources: { requests: { memory: '100m' } } }];
    expect(podSpecWarnings({ containers, terminationGracePeriodSeconds: -1 }, 'spec')).toEqual([
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ]);
  });

  test('is warned of annotations that have no effect any more, under the path of its template', () => {
    const metadata = { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } };
    expect(templateWarnings({ metadata, spec: { containers: [main] } }, 'spec.template')).toEqual([
      'spec.template.metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    ]);
  });
});

test('profiles in annotations are warned of, unless a field says the same', () => {
  const armor = 'container.apparmor.security.beta.kubernetes.io/main';
  const seccomp = 'container.seccomp.security.alpha.kubernetes.io/main';
  const metadata = { annotations: { [armor]: 'unconfined', [seccomp]: 'runtime/default' } };
  const note = (key: string, text: string) => `spec.template.metadata.annotations[${key}]: ${text} field instead`;
  const told = (spec: Draft) =>
    templateWarnings({ metadata, spec: { containers: [{ ...main, name: 'main' }], ...spec } }, 'spec.template');
  expect(told({})).toEqual([
    note(seccomp, 'non-functional in v1.27+; use the "seccompProfile"'),
    note(armor, 'deprecated since v1.30; use the "appArmorProfile"'),
  ]);
  expect(told({ securityContext: { appArmorProfile: { type: 'Unconfined' } } })).toHaveLength(1);
});

describe('what makes pods', () => {
  const template = { spec: { containers: [main], nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } };
  const note =
    'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead';
  const object = (generation: number): Draft => ({ metadata: { name: 'a', generation }, spec: { template } });

  test('warns of its template when its generation moves, and not before', () => {
    expect(told(DEPLOYMENT, object(1))).toEqual([note]);
    expect(told(DEPLOYMENT, object(2), object(1))).toEqual([note]);
    expect(told(DEPLOYMENT, object(1), object(1))).toEqual([]);
  });

  test('a DaemonSet warns when its template changes', () => {
    expect(told(DAEMON_SET, object(2), object(1))).toEqual([]);
    expect(told(DAEMON_SET, object(1))).toEqual([note]);
  });

  test('a StatefulSet warns of claims in parts of a byte and of a history without end', () => {
    const claim = { spec: { resources: { requests: { storage: '1500m' } } } };
    const spec = {
      template: { spec: { containers: [main] } },
      volumeClaimTemplates: [claim],
      revisionHistoryLimit: -1,
    };
    expect(told(STATEFUL_SET, { metadata: { name: 'a', generation: 1 }, spec })).toEqual([
      'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    ]);
  });

  test('a CronJob that keeps a zone in its schedule is told on every update, and may not begin to', () => {
    const cronJob = (schedule: string): Draft => ({
      metadata: { name: 'a', generation: 1 },
      spec: { schedule, concurrencyPolicy: 'Allow', jobTemplate: { spec: { template: { spec: {} } } } },
    });
    const [zoned, plain] = [cronJob('TZ=UTC 0 0 * * *'), cronJob('0 0 * * *')];
    expect(told(CRON_JOB, zoned, zoned)).toHaveLength(1);
    const refusals = (old: Draft) =>
      (CRON_JOB.validateUpdate?.(zoned, old as unknown as KubeObject, context) ?? []).filter(
        ({ field }) => field === 'spec.schedule',
      );
    expect(refusals(zoned)).toEqual([]);
    expect(refusals(plain)).toMatchObject([
      { detail: 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead' },
    ]);
  });
});

test('a volume that is recycled is warned of; its source stays, but for the secret that a driver grows it with', () => {
  const volume = (csi: Draft): Draft => ({
    spec: {
      csi,
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Recycle',
    },
  });
  const [old, secret] = [volume({ driver: 'd', volumeHandle: 'a' }), { name: 's', namespace: 'n' }];
  expect(told(VOLUME, old)).toEqual([
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
  ]);
  const refusals = (csi: Draft) => VOLUME.validateUpdate?.(volume(csi), old as unknown as KubeObject, context);
  expect(refusals({ driver: 'd', volumeHandle: 'a', controllerExpandSecretRef: secret })).toEqual([]);
  expect(refusals({ driver: 'd', volumeHandle: 'b' })).toMatchObject([
    { type: 'FieldValueForbidden', field: 'spec.persistentvolumesource' },
  ]);
});

test('addresses and ranges are told how they are written best', () => {
  expect(addressWarnings('2001:DB8::1', 'ip')).toEqual([
    'ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  expect(addressWarnings('2001:db8::1', 'ip')).toEqual([]);
  expect(rangeWarnings('10.0.0.1/8', 'cidr')).toEqual([
    'cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
  expect(rangeWarnings('10.0.0.0/8', 'cidr')).toEqual([]);
});

test('a key that is no key is told apart from a certificate in its place', () => {
  expect(keyPairProblem('nothing', 'nothing')).toBe('tls: failed to find any PEM data in certificate input');
  const key = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----';
  expect(keyPairProblem(key, key)).toContain('PEM inputs may have been switched');
  const certificate = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
  expect(keyPairProblem(certificate, certificate)).toBe(
    'tls: found a certificate rather than a key in the PEM for the private key',
  );
});
