/**
 * Fixtures of HolmesGPT that are plain manifests, where their folder is given: applied to the embedded cluster as they
 * are. No program runs there, so a script says what a container does where that is the fault. Which fixture means what
 * is written here in words of our own; its manifests are read from the folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { crash, type Fault, ROLLBACK } from '../../test/eval/fault-makers.ts';
import { expectedOf, play } from '../../test/eval/scenarios.ts';
import type { Suite } from './suite.ts';

interface Fixture extends Pick<Fault, 'family' | 'causes' | 'fits' | 'refusedBy' | 'mountOf'> {
  /** What every container does, or those of init containers. */
  readonly script?: unknown;
  /** Of the object that has to be put right; its name is one of the manifests, or is asked for by them. */
  readonly root: string;
}

const PEOPLE: Pick<Fixture, 'fits'> = { fits: [] };
const OBJECT: Pick<Fixture, 'fits'> = { fits: ['patch'] };
const TEMPLATE: Pick<Fixture, 'fits'> = { fits: ROLLBACK };

const unplaced = (message: string): string => `0/2 nodes are available: ${message}`;

const FIXTURES: Readonly<Record<string, Fixture>> = {
  '02_what_is_wrong_with_pod': {
    family: 'runtime',
    script: [{ memory: { from: '60Mi', growth: '1Mi' } }],
    causes: ['OutOfMemoryByLimit', 'MemoryLeak'],
    root: 'Pod',
    fits: ['resize', 'rollback', 'restart', 'patch'],
  },
  '04_related_k8s_events': {
    family: 'runtime',
    script: [crash(1)],
    causes: ['ApplicationCrashes'],
    root: 'Deployment',
    fits: ['rollback', 'restart'],
  },
  '09_crashpod': {
    family: 'runtime',
    script: [crash(1, ['Environment variable DEPLOY_ENV is undefined'])],
    causes: ['ConfigInvalid'],
    root: 'Deployment',
    ...TEMPLATE,
  },
  '10_image_pull_backoff': {
    family: 'startup',
    script: [{ pull: { fails: 'not-found' } }],
    causes: ['ImageMissing'],
    root: 'Deployment',
    ...TEMPLATE,
  },
  '110_k8s_events_image_pull': {
    family: 'startup',
    script: [
      {
        pull: {
          fails:
            'failed to pull and unpack image: failed to resolve reference: failed to do request: Head "https://registry/v2/": dial tcp: lookup registry on 10.96.0.10:53: no such host',
        },
      },
    ],
    causes: ['RegistryDnsFails'],
    root: 'Deployment',
    ...TEMPLATE,
  },
  '57_cluster_name_confusion': {
    family: 'startup',
    script: [{ pull: { fails: 'not-found' } }],
    causes: ['ImageMissing'],
    root: 'Deployment',
    ...TEMPLATE,
  },
  '11_init_containers': {
    family: 'startup',
    script: [
      {
        when: { container: 'downloader' },
        exit: {
          after: '0s',
          code: 128,
          reason: 'StartError',
          message:
            'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "wge": executable file not found in $PATH: unknown',
        },
      },
    ],
    causes: ['CommandMissing'],
    root: 'Pod',
    ...TEMPLATE,
  },
  '12_job_crashing': {
    family: 'runtime',
    script: [crash(1, ['Error: could not connect to the database at prod-db:3333: connection refused'])],
    causes: ['DependencyDown', 'DependencyMissing', 'DependencyAddressWrong'],
    root: 'Job',
    fits: ['patch'],
  },
  '14_pending_resources': {
    family: 'scheduling',
    refusedBy: unplaced(
      '2 Insufficient nvidia.com/gpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ),
    causes: ['ExtendedResourceMissing'],
    root: 'Deployment',
    fits: ['resize', 'scale', 'rollback', 'patch'],
  },
  '15_failed_readiness_probe': {
    family: 'runtime',
    script: [{ ready: { failsAfter: '0s', message: '' } }],
    causes: ['ReadinessFails'],
    root: 'Pod',
    fits: ['rollback', 'restart'],
  },
  '111_pod_names_contain_service': {
    family: 'runtime',
    script: [{ ready: { failsAfter: '0s', message: '' } }],
    causes: ['ReadinessFails'],
    root: 'Pod',
    fits: ['rollback', 'restart'],
  },
  '17_oom_kill': {
    family: 'runtime',
    script: [{ memory: { from: '60Mi', growth: '40Mi', max: '2Gi' } }],
    causes: ['OutOfMemoryByLimit', 'MemoryLeak'],
    root: 'Deployment',
    fits: ['resize', 'rollback', 'restart'],
  },
  '24_misconfigured_pvc': {
    family: 'storage',
    refusedBy: unplaced('pod has unbound immediate PersistentVolumeClaims. not eligible due to preemption.'),
    causes: ['ClaimStorageClassMissing'],
    root: 'PersistentVolumeClaim',
    ...OBJECT,
  },
  '80_pvc_storage_class_mismatch': {
    family: 'storage',
    refusedBy: unplaced('pod has unbound immediate PersistentVolumeClaims. not eligible due to preemption.'),
    causes: ['ClaimStorageClassMissing'],
    root: 'PersistentVolumeClaim',
    ...OBJECT,
  },
  '157_disk_full_statefulset': {
    family: 'runtime',
    script: [crash(1, ["OSError: [Errno 28] No space left on device: '/data/batch_17.json'"])],
    causes: ['DiskFull'],
    root: 'StatefulSet',
    ...OBJECT,
  },
  '42_dns_issues_result_all_tools': {
    family: 'service',
    causes: ['NetworkPolicyBlocks'],
    root: 'NetworkPolicy',
    ...OBJECT,
  },
  '64_keda_vs_hpa_confusion': { family: 'healthy', causes: [], root: '', ...PEOPLE },
  '65_health_check_followup': { family: 'healthy', causes: [], root: '', ...PEOPLE },
  '76_service_discovery_issue': {
    family: 'service',
    causes: ['ServiceSelectorMismatch'],
    root: 'Service',
    ...OBJECT,
  },
  '77_liveness_probe_misconfiguration': {
    family: 'runtime',
    script: [{ live: { failsAfter: '0s', message: 'dial tcp 10.0.0.9:8080: connect: connection refused' } }],
    causes: ['LivenessPortWrong'],
    root: 'Deployment',
    ...TEMPLATE,
  },
  '78a_missing_cpu_limits': {
    family: 'admission',
    causes: ['QuotaWantsLimits'],
    root: 'Deployment',
    fits: ['patch', 'resize', 'rollback'],
  },
  '78b_cpu_quota_exceeded': {
    family: 'admission',
    causes: ['CpuQuotaExceeded'],
    root: 'ResourceQuota',
    ...OBJECT,
  },
  '79_configmap_mount_issue': {
    family: 'startup',
    mountOf: 'configmap',
    causes: ['ConfigMapMissing'],
    root: 'ConfigMap',
    ...OBJECT,
  },
  '81_service_account_permission_denied': {
    family: 'runtime',
    script: [
      {
        logs: {
          lines: [
            'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:ns:sa" cannot list resource "pods" in API group "" in the namespace "ns"',
          ],
          every: '30s',
          repeat: true,
        },
      },
    ],
    causes: ['ApiAccessForbidden'],
    root: 'Deployment',
    ...PEOPLE,
  },
  '82_pod_anti_affinity_conflict': {
    family: 'scheduling',
    causes: ['PodAntiAffinityConflict'],
    root: 'Deployment',
    fits: ['scale', 'rollback'],
  },
  '83_secret_not_found': {
    family: 'startup',
    mountOf: 'secret',
    causes: ['SecretMissing'],
    root: 'Secret',
    ...OBJECT,
  },
  '84_network_policy_blocking_traffic': {
    family: 'service',
    causes: ['NetworkPolicyBlocks'],
    root: 'NetworkPolicy',
    ...OBJECT,
  },
  '85_hpa_not_scaling': {
    family: 'performance',
    causes: ['AutoscalerWithoutRequests'],
    root: 'Deployment',
    fits: ['patch', 'resize', 'rollback'],
  },
  '86_configmap_like_but_secret': {
    family: 'startup',
    mountOf: 'secret',
    causes: ['SecretMissing'],
    root: 'Secret',
    ...OBJECT,
  },
};

export function holmesGpt(folder: string): Suite {
  const at = [join(folder, 'tests/llm/fixtures/test_ask_holmes'), folder].find((one) => existsSync(one)) ?? folder;
  const all = readdirSync(at, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
  const names = Object.keys(FIXTURES).filter((name) => all.includes(name));
  if (names.length === 0) throw new Error(`${folder} has no fixtures of HolmesGPT`);
  return {
    title: `HolmesGPT, ${names.length} of its ${all.length} fixtures`,
    names,
    without: all.filter((name) => !names.includes(name)),
    read: async (name) => {
      const fixture = FIXTURES[name];
      if (fixture === undefined) throw new Error(`${name} is not known`);
      const { text, objects, namespace } = manifestsOf(join(at, name));
      const { root, script, ...told } = fixture;
      const fault = {
        ...told,
        name,
        root: [root, ''] as const,
        objects: objects.map((object) => (script === undefined ? object : scriptedBy(object, script))),
      };
      return {
        name,
        expected: {
          ...expectedOf({ name, fault }),
          object: (found) => found.kind === root && text.includes(found.name),
        },
        snapshot: await play({ name, fault }, namespace),
      };
    },
  };
}

interface Manifests {
  readonly text: string;
  readonly objects: readonly KubeObject[];
  readonly namespace: string;
}

/** The files of a fixture, and what its own script applies from within. */
function manifestsOf(folder: string): Manifests {
  const steps = readFileSync(join(folder, 'test_case.yaml'), 'utf8');
  const files = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name) && !/^(test_case|toolsets)/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const { before_test: before = '' } = (parseAllDocuments(steps)[0]?.toJS() ?? {}) as { readonly before_test?: string };
  const within = [...before.matchAll(/<<'?EOF'? \| kubectl apply -f -\n([\s\S]*?)\nEOF/g)].map(([, text = '']) => text);
  const text = [...files, ...within].join('\n---\n');
  const given = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as KubeObject | null);
  const [, flag] = /-n ([a-z0-9-]+)/.exec(before) ?? [];
  const read = given.filter((one): one is KubeObject => one?.kind !== undefined);
  const namespace =
    read.find(({ metadata }) => metadata.namespace !== undefined)?.metadata.namespace ?? flag ?? 'default';
  const own = read.filter(({ kind }) => kind !== 'Namespace');
  return {
    text,
    namespace,
    objects: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...own.map((object) => ({ ...object, metadata: { namespace, ...object.metadata } })),
    ],
  };
}

const SCRIPT = 'sandbox.kubeskippy.io/script';

function scriptedBy(object: KubeObject, script: unknown): KubeObject {
  const annotated = (metadata: object = {}) => ({
    ...metadata,
    annotations: {
      ...('annotations' in metadata ? (metadata.annotations as object) : {}),
      [SCRIPT]: JSON.stringify(script),
    },
  });
  if (object.kind === 'Pod') return { ...object, metadata: { ...object.metadata, ...annotated(object.metadata) } };
  const spec = object['spec'] as { readonly template?: { readonly metadata?: object } } | undefined;
  if (spec?.template === undefined) return object;
  return { ...object, spec: { ...spec, template: { ...spec.template, metadata: annotated(spec.template.metadata) } } };
}
