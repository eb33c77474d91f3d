/** What `kubeskippy install --output yaml` gives the operator, by configuration and plugins. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { afterAll, describe, expect, it } from 'vitest';
import { type ActionType, actionTypes } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { operatorRules, type OptIn, type PolicyRule, type Tenancy } from '../../api/rbac.ts';
import { VirtualClock } from '../../std/clock.ts';
import { install, type InstallOptions } from './install.ts';
import { FILES_FOLDER } from './operator-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-install-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Everything that the operator's ClusterRole allows, as `verb group/resource`. */
async function printed(options: {
  readonly disabled?: readonly ActionType[];
  readonly plugins?: 'by flag' | 'by file';
  readonly tenancy?: Tenancy;
  readonly allow?: readonly OptIn[];
}): Promise<ReadonlySet<string>> {
  const mirror = join(import.meta.dirname, '../../../examples/plugins/image-mirror/index.js');
  const config = join(folder, 'config.yaml');
  const plugins = options.plugins === 'by file' ? [mirror] : [];
  writeFileSync(config, JSON.stringify({ actions: { disabled: options.disabled ?? [] }, plugins }));
  let text = '';
  const stdout = { write: (chunk: string) => (text += chunk) };
  const asked: InstallOptions = {
    kubeconfig: undefined,
    context: undefined,
    namespace: 'kubeskippy-system',
    output: 'yaml',
    tenancy: options.tenancy ?? 'single',
    allow: options.allow ?? [],
    config,
    plugin: options.plugins === 'by flag' ? [mirror] : [],
  };
  await install(asked, {
    env: {},
    stdout,
    stderr: stdout,
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    random: () => 0,
  });
  const role = parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject & { readonly rules?: readonly PolicyRule[] })
    .find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'kubeskippy-operator');
  return permissionsOf(role?.rules ?? []);
}

const permissionsOf = (rules: readonly PolicyRule[]): ReadonlySet<string> =>
  new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );

describe('the permissions that install prints', () => {
  it.each<[ActionType, string]>([
    ['scale', 'patch apps/deployments/scale'],
    ['delete', 'delete apps/deployments'],
    ['patch', 'patch /services'],
    ['resize', 'patch /pods/resize'],
    ['job', 'create batch/jobs'],
  ])('of %s go when it is switched off', async (type, permission) => {
    expect(await printed({ allow: ['jobs'] })).toContain(permission);
    expect(await printed({ allow: ['jobs'], disabled: [type] })).not.toContain(permission);
  });

  it.each<[OptIn, string]>([
    ['nodes', 'patch /nodes'],
    ['nodes', 'watch /nodes'],
    ['nodes', 'list metrics.k8s.io/nodes'],
    ['jobs', 'create batch/jobs'],
    ['volumes', 'list /persistentvolumes'],
  ])('are given only when asked for: %s, to %s', async (allow, permission) => {
    expect(await printed({})).not.toContain(permission);
    expect(await printed({ allow: [allow] })).toContain(permission);
  });

  it('of one that serves many teams are to read and to act as their accounts, and to write nothing of theirs', async () => {
    const shared = await printed({ tenancy: 'shared', allow: ['nodes', 'jobs', 'volumes'] });
    const foreign = [...shared].filter(
      (permission) =>
        !/^(get|list|watch) /.test(permission) && !/ (kubeskippy\.io\/|(events\.k8s\.io)?\/events)/.test(permission),
    );
    expect(foreign).toEqual(['impersonate /serviceaccounts']);
  });

  it('of a family go with the last type that needs them', async () => {
    const evict = 'create /pods/eviction';
    expect(await printed({ disabled: ['restart'] })).toContain(evict);
    expect(await printed({ disabled: ['restart', 'delete', 'rollback', 'drain'] })).not.toContain(evict);
  });

  it('are to read, and to keep its own records, when every type is switched off', async () => {
    expect(await printed({ disabled: actionTypes })).toEqual(permissionsOf(operatorRules([])));
  });

  it.each(['by flag', 'by file'] as const)('have those of a plugin that is named %s', async (plugins) => {
    const disabled = actionTypes.filter((type) => type !== 'custom');
    expect(await printed({ disabled })).not.toContain('patch apps/deployments');
    expect(await printed({ disabled, plugins })).toContain('patch apps/deployments');
    expect(await printed({ disabled: actionTypes, plugins })).not.toContain('patch apps/deployments');
  });
});

describe('the pods that install prints', () => {
  const IMAGE = 'registry.example/kubeskippy@sha256:0123';
  const run = async (options: Partial<InstallOptions>): Promise<readonly KubeObject[]> => {
    let text = '';
    const stdout = { write: (chunk: string) => (text += chunk) };
    const asked = { kubeconfig: undefined, context: undefined, namespace: 'healing', output: 'yaml' } as const;
    await install(
      { ...asked, tenancy: 'single', allow: [], ...options },
      {
        env: {},
        stdout,
        stderr: stdout,
        clock: new VirtualClock(),
        signal: new AbortController().signal,
        random: () => 0,
      },
    );
    return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  };
  const deploymentOf = (objects: readonly KubeObject[]) =>
    objects.find(({ kind }) => kind === 'Deployment') as KubeObject & {
      readonly spec: {
        readonly replicas: number;
        readonly template: KubeObject & {
          readonly spec: {
            readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[];
          };
        };
      };
    };

  it('are those of the namespace and the image, beside all that is printed without them', async () => {
    const [without, withThem] = [await run({}), await run({ withOperator: true, image: IMAGE, replicas: 3 })];
    const names = (objects: readonly KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names(withThem).slice(0, without.length)).toEqual(names(without));
    expect(names(withThem).slice(without.length)).toEqual([
      'Deployment kubeskippy',
      'Service kubeskippy-metrics',
      'PodDisruptionBudget kubeskippy',
      'NetworkPolicy kubeskippy',
    ]);
    const { spec, metadata } = deploymentOf(withThem);
    expect([metadata.namespace, spec.replicas, spec.template.spec.containers[0]?.image]).toEqual(['healing', 3, IMAGE]);
  });

  it('read the configuration, and are others when it is another', async () => {
    const file = join(folder, 'settings.yaml');
    const configured = async (text: string) => {
      writeFileSync(file, text);
      return run({ withOperator: true, image: IMAGE, config: file });
    };
    const objects = await configured('dryRun: true\n');
    expect(objects.find(({ kind }) => kind === 'ConfigMap')?.['data']).toEqual({ 'config.yaml': 'dryRun: true\n' });
    expect(deploymentOf(objects).spec.template.spec.containers[0]?.args).toContain(
      '--config=/etc/kubeskippy/config.yaml',
    );
    const hash = (of: readonly KubeObject[]) => deploymentOf(of).spec.template.metadata.annotations;
    expect(hash(await configured('dryRun: false\n'))).not.toEqual(hash(objects));
  });

  it.each<[Partial<InstallOptions>, RegExp]>([
    [{ withOperator: true }, /no image of the operator is published/],
    [{ image: IMAGE }, /add --with-operator/],
    [{ filesClaim: 'kept' }, /add --with-operator/],
    [
      {
        withOperator: true,
        image: IMAGE,
        plugin: [join(import.meta.dirname, '../../../examples/plugins/image-mirror/index.js')],
      },
      /--plugin names files of this machine/,
    ],
  ])('are refused with one line: %j', async (options, told) => {
    await expect(run(options)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(told) });
  });

  it.each(['auditFile: /var/log/audit.jsonl', 'recordDecisions: /var/lib/kubeskippy/../decisions'])(
    'are refused where they could not write: %s',
    async (line) => {
      const config = join(folder, 'files.yaml');
      writeFileSync(config, `${line}\n`);
      const asked = run({ withOperator: true, image: IMAGE, config });
      await expect(asked).rejects.toThrow(/files.yaml: \w+ is \S+, where the pods cannot write: choose a path below/);
    },
  );

  it('keep files in a volume of their own, or in that of a claim', async () => {
    const config = join(folder, 'files.yaml');
    writeFileSync(
      config,
      'auditFile: /var/lib/kubeskippy/audit.jsonl\nrecordDecisions: /var/lib/kubeskippy/decisions\n',
    );
    const podOf = async (options: Partial<InstallOptions>) =>
      deploymentOf(await run({ withOperator: true, image: IMAGE, config, ...options })).spec.template;
    const mounted = {
      containers: [{ volumeMounts: expect.arrayContaining([{ name: 'files', mountPath: FILES_FOLDER }]) }],
    };
    const own = { name: 'files', emptyDir: { sizeLimit: '1Gi' } };
    const claimed = { name: 'files', persistentVolumeClaim: { claimName: 'kept' } };
    expect(await podOf({})).toMatchObject({ spec: { ...mounted, volumes: expect.arrayContaining([own]) } });
    const ofClaim = { ...mounted, securityContext: { fsGroup: 65_532 }, volumes: expect.arrayContaining([claimed]) };
    expect(await podOf({ filesClaim: 'kept' })).toMatchObject({ spec: ofClaim });
  });
});
