/** Writes everything that derives from the schemas; with `--check` writes nothing and fails when a file differs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manifestYaml } from '../src/cli/manifest-yaml.ts';
import { customResourceDefinitions } from '../src/api/crd.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import { DEFAULT_NAMESPACE, GROUP } from '../src/api/names.ts';
import { admissionPolicies } from '../src/api/admission/index.ts';
import { kubeletMetricsRole, rbacObjects } from '../src/api/rbac.ts';
import { actionRegistry } from '../src/core/actions/index.ts';
import { namespaceObject } from '../src/cli/install/manifests.ts';
import { dashboardConfigMap, prometheusRule, serviceMonitor } from '../src/cli/install/monitoring-objects.ts';
import { operatorObjects } from '../src/cli/install/operator-objects.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../src/operator/ports.ts';
import { actionsPage } from './actions-page.ts';
import { chartFiles } from './chart/chart.ts';
import { cliPage } from './cli-page.ts';
import { causesPage } from './causes-page.ts';
import { metricsPage } from './metrics-page.ts';
import { reasonsPage } from './reasons-page.ts';
import { configurationPage, policyTestsPage, referencePage } from './reference-page.ts';

const HEADER = '# Written by `make generate` from src. Do not edit.\n';
const yaml = (objects: readonly KubeObject[]): string =>
  HEADER + objects.map((object) => `---\n${manifestYaml(object)}`).join('');

export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const definition of customResourceDefinitions()) {
    const [plural] = definition.metadata.name.split('.');
    files.set(`config/crd/bases/${GROUP}_${plural}.yaml`, yaml([definition]));
  }
  files.set(
    'config/rbac/rbac.yaml',
    yaml(rbacObjects({ namespace: DEFAULT_NAMESPACE, actionRules: actionRegistry().rules })),
  );
  files.set(
    'config/shared/rbac.yaml',
    yaml(rbacObjects({ namespace: DEFAULT_NAMESPACE, actionRules: actionRegistry().rules, tenancy: 'shared' })),
  );
  files.set(
    'config/manager/manager.yaml',
    yaml([
      namespaceObject(DEFAULT_NAMESPACE),
      ...operatorObjects({ namespace: DEFAULT_NAMESPACE, image: 'kubeskippy:latest' }),
    ]),
  );
  files.set('config/rbac/kubelet-metrics.yaml', yaml(kubeletMetricsRole()));
  const { protectedNamespaces } = DEFAULT_OPERATOR_CONFIG;
  for (const { policy, binding } of admissionPolicies({
    namespace: DEFAULT_NAMESPACE,
    protectedNamespaces,
    templates: 'kept',
  }))
    files.set(`config/admission/${policy.metadata.name}.yaml`, yaml([policy, binding]));
  files.set('config/monitoring/service-monitor.yaml', yaml([serviceMonitor(DEFAULT_NAMESPACE)]));
  files.set('config/monitoring/alerts.yaml', yaml([prometheusRule(DEFAULT_NAMESPACE)]));
  files.set('config/monitoring/dashboards.yaml', yaml([dashboardConfigMap(DEFAULT_NAMESPACE)]));
  for (const [path, text] of chartFiles()) files.set(path, text);
  files.set('docs/reference/api.md', referencePage());
  files.set('docs/reference/actions.md', actionsPage());
  files.set('docs/reference/configuration.md', configurationPage());
  files.set('docs/reference/policy-tests.md', policyTestsPage());
  files.set('docs/reference/reasons.md', reasonsPage());
  files.set('docs/reference/cli.md', cliPage());
  files.set('docs/reference/causes.md', causesPage());
  files.set('docs/reference/metrics.md', await metricsPage());
  return files;
}

/** Paths of the files that are missing or differ. */
export async function differingFiles(root: string): Promise<readonly string[]> {
  const differing: string[] = [];
  for (const [path, text] of await generatedFiles()) {
    if (read(join(root, path)) !== text) differing.push(path);
  }
  return differing;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const root = join(import.meta.dirname, '..');
  const differing = await differingFiles(root);
  if (args.includes('--check')) {
    for (const path of differing) console.error(`${path} differs from what the schemas say; run \`make generate\``);
    return differing.length === 0 ? 0 : 1;
  }
  const files = await generatedFiles();
  for (const path of differing) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
  return 0;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2));
