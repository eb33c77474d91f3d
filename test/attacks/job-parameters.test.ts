/**
 * The attack: parameters of a Job, which become environment variables, make its program run other code or talk to
 * somebody else. The guards: only names that the CronJob declares (src/core/actions/job.ts), and none that loaders,
 * shells, interpreters, proxies and clients read (src/api/variable-names.ts), refused when the policy is read, when an
 * action is read, and when its plan is made.
 */
import { describe, expect, it } from 'vitest';
import { parseAction } from '../../src/api/parse-action.ts';
import { parsePolicy } from '../../src/api/parse-policy.ts';
import { job } from '../../src/core/actions/job.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { planInput, templateOf, workload } from '../kit/core-data.ts';
import { policy } from '../kit/test-cluster.ts';

const NAMES = [
  'LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES GCONV_PATH BASH_ENV BASH_FUNC_x ENV PATH IFS PS4',
  'PROMPT_COMMAND NODE_OPTIONS NODE_EXTRA_CA_CERTS PYTHONPATH PYTHONSTARTUP PERL5OPT RUBYOPT JAVA_TOOL_OPTIONS',
  '_JAVA_OPTIONS PHPRC http_proxy HTTPS_PROXY No_Proxy ALL_PROXY KUBECONFIG KUBERNETES_SERVICE_HOST',
  'GIT_SSH_COMMAND SSL_CERT_FILE OPENSSL_CONF CURL_HOME PGHOST AWS_ACCESS_KEY_ID GOOGLE_APPLICATION_CREDENTIALS',
  'AZURE_TENANT_ID DOCKER_HOST VAULT_ADDR EDITOR ld_preload bash_env Kubeskippy_TARGET_NAME A-B A=B ÄB 1A',
  'MUSL_LOCPATH DATEMSK XDG_CONFIG_HOME OMP_TOOL_LIBRARIES GIO_EXTRA_MODULES GOCOVERDIR GOENV ASPNETCORE_HOSTINGSTARTUPASSEMBLIES',
  'SPRING_APPLICATION_JSON DENO_TLS_CA_STORE UV_INDEX_URL BOTO_CONFIG ANSIBLE_LIBRARY ASAN_OPTIONS P11_KIT_STRICT RANDFILE',
  'SHELLOPTS MAKEFILES TAR_OPTIONS LESSEDIT MODULE_PATH GOCACHEPROG PSQLRC RESTIC_PASSWORD_COMMAND BORG_RSH RCLONE_CONFIG',
  'NVIDIA_VISIBLE_DEVICES NCCL_NET_PLUGIN GRPC_XDS_BOOTSTRAP OTEL_TRACES_EXPORTER RIPGREP_CONFIG_PATH APT_CONFIG NIX_CONFIG',
  'KUSTOMIZE_PLUGIN_HOME GUNICORN_CMD_ARGS DJANGO_SETTINGS_MODULE KAFKA_OPTS COMPlus_EnableDiagnostics JDK_JAVAC_OPTIONS',
  'BC_ENV_ARGS PARALLEL SQLITE_HISTORY SYSTEM_WGETRC TERMINFO_DIRS CGO_CFLAGS PKG_CONFIG_PATH shell_escape ELECTRON_RUN_AS_NODE',
].flatMap((line) => line.split(' '));
/** And those that no variable can have. */
const STRANGE = ['', 'A B', 'A'.repeat(200)];

const cronJob = (parameters: string): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'repair', namespace: 'shop', uid: 'u', annotations: { 'kubeskippy.io/parameters': parameters } },
  spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'main', image: 'x' }] } } } } },
});

const blockOf = (parameters: Readonly<Record<string, string>>) => ({ template: 'repair', parameters });

/** The three places, each by itself. */
function taken(parameters: Readonly<Record<string, string>>, declared: string): readonly string[] {
  const action = { name: 'repair', type: 'job', jobAction: blockOf(parameters) };
  const read = parsePolicy(policy({ actions: [action] }));
  const made = parseAction({
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'a', namespace: 'shop', uid: 'u' },
    spec: {
      targetResource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'w' },
      action,
    },
  });
  const template = {
    ...templateOf({ type: 'job', jobAction: { template: 'repair' } }),
    jobAction: blockOf(parameters),
  };
  const answers = {
    template: { found: 'yes', objects: [cronJob(declared)] },
    job: { found: 'no', reason: 'NotFound', message: 'none' },
  } as const;
  const plan = job.plan(planInput(template, workload('Deployment'), { answers }));
  return [
    ...(read.policy?.actions.length === 1 && read.problems.length === 0 ? ['by the policy'] : []),
    ...(made.action === undefined ? [] : ['by the action']),
    ...(plan.kind === 'requests' ? ['by the plan'] : []),
  ];
}

describe('a parameter of a Job', () => {
  it('that its template declares is taken', () => {
    const all = ['by the policy', 'by the action', 'by the plan'];
    expect(taken({ LEVEL: 'deep', index_name: 'a b' }, 'LEVEL, index_name')).toEqual(all);
  });

  it.each([...NAMES, ...STRANGE])('named %j is refused everywhere, also where the template declares it', (name) => {
    expect(taken({ [name]: 'x' }, name)).toEqual([]);
  });

  it.each(['a\nb', 'a\0', '\u001b[2J', '\u2028', 'x'.repeat(2000)])(
    'with the value %j is refused everywhere',
    (value) => {
      expect(taken({ LEVEL: value }, 'LEVEL')).toEqual([]);
    },
  );

  it('that its template does not declare is refused by the plan', () => {
    expect(taken({ OTHER: 'x' }, 'LEVEL')).not.toContain('by the plan');
    expect(taken({ OTHER: 'x' }, '')).not.toContain('by the plan');
  });
});
