/**
 * The Helm chart, out of the objects of `kubeskippy install`: what differs between installations is a marker in an
 * object, which becomes an expression of the template. So the chart has no YAML of its own that could drift.
 */
import { admissionObjects } from '../../src/api/admission/index.ts';
import { customResourceDefinitions } from '../../src/api/crd.ts';
import { type OptIn, optIns, type PolicyRule, rbacObjects, type Tenancy } from '../../src/api/rbac.ts';
import { rightsOf } from '../../src/cli/check/permissions.ts';
import { dashboardConfigMap, prometheusRule, serviceMonitor } from '../../src/cli/install/monitoring-objects.ts';
import { FILES_FOLDER, FILES_SIZE, filesVolume, operatorObjects } from '../../src/cli/install/operator-objects.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../../src/operator/ports.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { manifestYaml } from '../../src/cli/manifest-yaml.ts';

const HEADER = '{{- /* Written by `make generate` from src. Do not edit. */ -}}\n';
const NAMESPACE = 'release-namespace';
const IMAGE = 'marker/image';
const CONFIG = 'marker: config';
const REPLICAS = 7;
const CLAIM = 'marker-claim';

/** `podDryRuns` in values is `pod-dry-runs` of the flag. */
export const valueName = (optIn: OptIn): string =>
  optIn.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const yaml = manifestYaml;

/** What is literal in an object stays literal in the template. */
function templated(objects: readonly KubeObject[]): string {
  const text = objects.map((object) => `---\n${yaml(object)}`).join('');
  return text
    .replaceAll(/\{\{/g, '{{ "{{" }}')
    .replaceAll(NAMESPACE, '{{ .Release.Namespace }}')
    .replaceAll(
      IMAGE,
      '{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}',
    )
    .replaceAll(`replicas: ${REPLICAS}`, 'replicas: {{ .Values.replicas }}')
    .replaceAll(
      /kubeskippy\.io\/config-hash: \S+/g,
      'kubeskippy.io/config-hash: {{ toYaml .Values.config | sha256sum | trunc 16 | quote }}',
    )
    .replaceAll(/config\.yaml: .*\n/g, 'config.yaml: |\n{{ toYaml .Values.config | indent 4 }}\n');
}

const when = (condition: string, text: string): string => `{{- if ${condition} }}\n${text}{{- end }}\n`;

const actionRules = actionRegistry().rules;
const rolesOf = (tenancy: Tenancy, allow: readonly OptIn[] = []): readonly KubeObject[] =>
  rbacObjects({ namespace: NAMESPACE, actionRules, tenancy, allow });

/** The rights of a role that an opt-in adds, as rules. */
function added(tenancy: Tenancy, optIn: OptIn, role: string): readonly PolicyRule[] {
  const of = (allow: readonly OptIn[]) =>
    rightsOf(rolesOf(tenancy, allow).filter(({ metadata }) => metadata.name === role));
  const before = new Set(of([]).map((right) => JSON.stringify(right)));
  const rules = new Map<string, PolicyRule>();
  for (const right of of([optIn])) {
    if (before.has(JSON.stringify(right))) continue;
    const { group, resource, verb } = right;
    const key = `${group}/${resource}`;
    rules.set(key, { apiGroups: [group], resources: [resource], verbs: [...(rules.get(key)?.verbs ?? []), verb] });
  }
  return [...rules.values()];
}

function roleTemplate(tenancy: Tenancy, role: KubeObject): string {
  const text = templated([role]);
  if (role['rules'] === undefined) return text;
  // Rules are the last member of a role, so that more of them go at its end.
  const more = optIns.map((optIn) => {
    const rules = added(tenancy, optIn, role.metadata.name);
    if (rules.length === 0) return '';
    const lines = yaml(rules).replaceAll(/^(?=.)/gm, '  ');
    return when(`.Values.allow.${valueName(optIn)}`, lines);
  });
  return text + more.join('');
}

function rbacTemplate(): string {
  const all = (tenancy: Tenancy) =>
    rolesOf(tenancy)
      .map((role) => roleTemplate(tenancy, role))
      .join('');
  return `${when('eq .Values.tenancy "shared"', all('shared'))}${when('eq .Values.tenancy "single"', all('single'))}`;
}

/** What a volume is, without its name. */
const sourceLines = (claim: string | undefined): string =>
  yaml([filesVolume(claim)])
    .split('\n')
    .slice(1, -1)
    .map((line) => `        ${line}\n`)
    .join('');

/** The volume of each pod, or the one of a claim. */
function withEitherVolume(text: string): string {
  const [own, claimed] = [sourceLines(undefined), sourceLines(CLAIM)];
  if (text.split(own).length !== 2) throw new Error('the Deployment must have the volume of files once');
  const sized = own.replace(FILES_SIZE, '{{ .Values.files.sizeLimit }}');
  const named = claimed.replace(CLAIM, '{{ .Values.files.claim }}');
  return text.replace(own, () => `{{- if .Values.files.claim }}\n${named}{{- else }}\n${sized}{{- end }}\n`);
}

function operatorTemplates(): Readonly<Record<string, string>> {
  const objects = operatorObjects({ namespace: NAMESPACE, image: IMAGE, replicas: REPLICAS, config: CONFIG });
  const of = (...kinds: readonly string[]) => templated(objects.filter(({ kind }) => kinds.includes(kind)));
  return {
    'operator.yaml': withEitherVolume(of('ConfigMap', 'Deployment', 'Service')),
    'pod-disruption-budget.yaml': when('.Values.podDisruptionBudget.enabled', of('PodDisruptionBudget')),
    'network-policy.yaml': when('.Values.networkPolicy.enabled', of('NetworkPolicy')),
  };
}

/** What the chart cannot follow is refused, and not installed with other rights than the configuration needs. */
const REFUSALS = `{{- with .Values.config.actions }}
{{- if .patchFields }}{{ fail "config.actions.patchFields changes what admission policies allow: install with kubeskippy install --config" }}{{ end }}
{{- end }}
{{- if .Values.config.protectedNamespaces }}{{ fail "config.protectedNamespaces changes the admission policies: install with kubeskippy install --config" }}{{ end }}
{{- if .Values.config.plugins }}{{ fail "a plugin needs rights that this chart does not know: install with kubeskippy install --config" }}{{ end }}
{{- range $key := list "auditFile" "recordDecisions" }}
{{- with index $.Values.config $key }}
{{- if not (hasPrefix "${FILES_FOLDER}/" .) }}
{{- fail (printf "config.%s is %s, where the pods cannot write: choose a path below %s/" $key . "${FILES_FOLDER}") }}
{{- end }}
{{- end }}
{{- end }}
`;

export function chartTemplates(): Readonly<Record<string, string>> {
  const { protectedNamespaces } = DEFAULT_OPERATOR_CONFIG;
  const admission = admissionObjects({ namespace: NAMESPACE, protectedNamespaces, templates: 'kept' });
  const files = {
    'refusals.yaml': REFUSALS,
    'rbac.yaml': rbacTemplate(),
    'admission.yaml': templated(admission),
    ...operatorTemplates(),
    'service-monitor.yaml': when('.Values.serviceMonitor.enabled', templated([serviceMonitor(NAMESPACE)])),
    'prometheus-rule.yaml': when('.Values.prometheusRule.enabled', templated([prometheusRule(NAMESPACE)])),
    'dashboards.yaml': when('.Values.dashboards.enabled', templated([dashboardConfigMap(NAMESPACE)])),
  };
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, HEADER + text]));
}

export const chartDefinitions = (): readonly KubeObject[] => customResourceDefinitions();
