/** charts/kubeskippy as files: metadata, values with their schema, templates, notes, and values for usual clusters. */
import packageManifest from '../../package.json' with { type: 'json' };
import { describedSchema } from '../../src/api/crd.ts';
import { operatorConfigSchema } from '../../src/api/operator-config.ts';
import { optIns, tenancies } from '../../src/api/rbac.ts';
import { FILES_FOLDER, FILES_SIZE } from '../../src/cli/install/operator-objects.ts';
import { chartDefinitions, chartTemplates, valueName } from './templates.ts';
import { manifestYaml } from '../../src/cli/manifest-yaml.ts';

const HEADER = '# Written by `make generate` from src. Do not edit.\n';

const CHART = {
  apiVersion: 'v2',
  name: 'kubeskippy',
  description: packageManifest.description,
  type: 'application',
  version: packageManifest.version,
  appVersion: packageManifest.version,
  kubeVersion: '>=1.25.0-0',
};

const SWITCHED_OFF = optIns.map((optIn) => `  ${valueName(optIn)}: false\n`).join('');

const VALUES = `# The image of the operator. None is published: build one with the Dockerfile, and name it by its digest.
image:
  repository: ""
  digest: ""
  tag: ""
# Two, so that a failover takes the time of a Lease and not that of a pod's start.
replicas: 2
# single: it heals with its own rights. shared: as ServiceAccounts of the namespaces (docs/how-to/install.md).
tenancy: single
# Rights that no installation gets unasked.
allow:
${SWITCHED_OFF}# The operator's configuration, as docs/reference/configuration.md describes it.
config: {}
# The volume in ${FILES_FOLDER}, the one folder that the pods can write: for auditFile and recordDecisions.
# claim: a PersistentVolumeClaim that is there, and that the nodes of all pods can mount. Without one each pod has a
# volume of its own of this size, which goes with the pod.
files:
  claim: ""
  sizeLimit: ${FILES_SIZE}
podDisruptionBudget:
  enabled: true
# Namespaces with the label kubeskippy.io/scrapes: "true" reach /metrics, and nothing else does.
networkPolicy:
  enabled: true
# The next three need the Prometheus operator, or Grafana with its sidecar.
serviceMonitor:
  enabled: false
prometheusRule:
  enabled: false
dashboards:
  enabled: false
`;

const switchSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { enabled: { type: 'boolean' } },
  required: ['enabled'],
};

const text = { type: 'string' };

const SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  additionalProperties: false,
  required: ['image'],
  properties: {
    image: {
      type: 'object',
      additionalProperties: false,
      required: ['repository'],
      properties: {
        repository: { ...text, minLength: 1 },
        digest: { ...text, pattern: '^(|sha256:[0-9a-f]{64})$' },
        tag: text,
      },
      anyOf: ['digest', 'tag'].map((name) => ({
        type: 'object',
        properties: { [name]: { type: 'string', minLength: 1 } },
        required: [name],
      })),
    },
    replicas: { type: 'integer', minimum: 1, maximum: 10 },
    tenancy: { enum: tenancies },
    allow: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(optIns.map((optIn) => [valueName(optIn), { type: 'boolean' }])),
    },
    // Its keys; what is in them the operator checks at its start, by the same schema.
    config: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(describedSchema(operatorConfigSchema).properties ?? {}).map(([name, { description }]) => [
          name,
          { description },
        ]),
      ),
    },
    files: {
      type: 'object',
      additionalProperties: false,
      properties: {
        claim: { ...text, pattern: '^(|[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)$' },
        sizeLimit: { ...text, pattern: '^[0-9]+(Mi|Gi)$' },
      },
    },
    podDisruptionBudget: switchSchema,
    networkPolicy: switchSchema,
    serviceMonitor: switchSchema,
    prometheusRule: switchSchema,
    dashboards: switchSchema,
    // Helm hands them to every chart.
    global: { type: 'object' },
  },
};

const NOTES = `KubeSkippy {{ .Chart.AppVersion }} is installed in {{ .Release.Namespace }}.

  kubeskippy check --namespace {{ .Release.Namespace }} --tenancy {{ .Values.tenancy }}
  kubeskippy status --operator-namespace {{ .Release.Namespace }}

Helm does not upgrade kinds. Before an upgrade of this chart:

  kubectl apply --server-side --force-conflicts -f charts/kubeskippy/crds

The pods need nothing that the Pod Security level restricted forbids:

  kubectl label namespace {{ .Release.Namespace }} pod-security.kubernetes.io/enforce=restricted
`;

const image = { repository: 'registry.example/kubeskippy', tag: packageManifest.version };

/** For usual clusters; each is rendered by a test. */
export const PRESETS: Readonly<Record<string, object>> = {
  'one-team': { image, allow: { nodes: true, jobs: true } },
  'many-teams': {
    image,
    tenancy: 'shared',
    config: { impersonation: { required: true, defaultServiceAccount: 'healer' } },
  },
  monitored: {
    image,
    config: { prometheusUrl: 'http://prometheus.monitoring:9090' },
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    dashboards: { enabled: true },
  },
  'kept-files': {
    image,
    config: { auditFile: `${FILES_FOLDER}/audit.jsonl`, recordDecisions: `${FILES_FOLDER}/decisions` },
    files: { claim: 'kubeskippy-files' },
  },
  'with-model': {
    image,
    config: { ai: { provider: 'ollama', endpoint: 'http://ollama.ollama:11434', model: 'llama3.2:3b' } },
  },
};

export function chartFiles(): ReadonlyMap<string, string> {
  const folder = 'charts/kubeskippy';
  const files = new Map<string, string>([
    [`${folder}/Chart.yaml`, HEADER + manifestYaml(CHART)],
    [`${folder}/values.yaml`, HEADER + VALUES],
    [`${folder}/values.schema.json`, `${JSON.stringify(SCHEMA, undefined, 2)}\n`],
    [`${folder}/templates/NOTES.txt`, NOTES],
  ]);
  for (const [name, body] of Object.entries(chartTemplates())) files.set(`${folder}/templates/${name}`, body);
  for (const definition of chartDefinitions())
    files.set(`${folder}/crds/${definition.metadata.name}.yaml`, HEADER + manifestYaml(definition));
  for (const [name, values] of Object.entries(PRESETS))
    files.set(`${folder}/presets/${name}.yaml`, HEADER + manifestYaml(values));
  return files;
}
