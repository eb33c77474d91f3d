/**
 * The operator's own configuration: flags win over the file, the file over the defaults. Unknown keys and bad values
 * are refused by place.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { actionTypes } from './action-template.ts';
import { commonCauseSchema } from './common-cause-limits.ts';
import { milliseconds } from './compile-trigger.ts';
import {
  channelsField,
  compileEndpoints,
  type EndpointSettings,
  endpointsField,
  notificationsField,
  takenName,
  unknownChannel,
} from './endpoint-schema.ts';
import { duration, field, serviceAccount } from './fields.ts';
import {
  metricServers,
  type MetricServerSettings,
  metricSourcesField,
  prometheusUrlField,
  PROMETHEUS_SOURCE,
} from './metric-source-schema.ts';
import { given, ifGiven } from '../std/given.ts';
import { keptFiles, type KeptSettings, keptSettings } from './kept-files.ts';
import { type AiSettings, aiField, compileAi } from './model-schema.ts';
import { namespaceLimitsSchema } from './namespace-limits.ts';
import { fieldPath, problemOfIssue } from './problem.ts';

const namespaceName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
/** `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` switches it off. */
const bindAddress = z.string().regex(/^(0|[^\s/]*:[0-9]{1,5})$/);

/** Every round lists the usage of all pods; more often than once a second nothing new is measured anywhere. */
const MIN_INTERVAL_MS = 1000;

const actionsSchema = z.strictObject({
  disabled: field(
    z.array(z.enum(actionTypes)).max(actionTypes.length),
    'Types that this operator never runs; `kubeskippy install --config` leaves their permissions out.',
  ).default([]),
  patchFields: field(
    z
      .array(
        z
          .string()
          .max(1024)
          .refine((text) => /^(\/[^/]+)+$/.test(text), 'must be a JSON pointer'),
      )
      .max(64),
    'JSON pointers that `patch` may change beside those it may anyway: `*` stands for one segment, `**` at the end for all below.',
  ).default([]),
  deletableKinds: field(
    z
      .array(
        z
          .string()
          .max(512)
          .refine(
            (text) => /^([a-z0-9.-]+\/)?v[a-z0-9]+\/[A-Z][A-Za-z0-9]*$/.test(text),
            'must be apiVersion and kind: v1/PersistentVolumeClaim',
          ),
      )
      .max(64),
    'Kinds that `delete` may delete although it refuses them by default: `apps/v1/StatefulSet`.',
  ).default([]),
});

const unprovenField = (unproven: string, description: string) =>
  field(
    z.strictObject({ unproven: field(z.enum(['refuse', 'accept']), unproven).default('refuse') }),
    description,
  ).prefault({});

export const operatorConfigSchema = z.strictObject({
  metricsBindAddress: field(bindAddress, 'Where `/metrics` is served; `0`: nowhere.').default(':8080'),
  healthProbeBindAddress: field(bindAddress, 'Where `/healthz` and `/readyz` are served; `0`: nowhere.').default(
    ':8081',
  ),
  leaderElect: field(z.boolean(), 'Only the holder of the Lease acts.').default(false),
  namespace: field(
    namespaceName,
    "Only policies of this namespace are worked on. Omitted: every namespace's.",
  ).exactOptional(),
  operatorNamespace: field(
    namespaceName,
    "Where the Lease and the kill switch live. Omitted: the pod's own, else `kubeskippy-system`.",
  ).exactOptional(),
  dryRun: field(z.boolean(), 'Every policy in mode automatic or manual is treated as `dryrun`.').default(false),
  clusterPolicyNamespaces: field(
    z.array(namespaceName).max(64),
    "Policies here may select other namespaces. Omitted: the operator's own namespace.",
  ).exactOptional(),
  maxActionsPerHour: field(
    z.int().min(0).max(10_000),
    'Actions started in any sliding hour, over all policies.',
  ).default(60),
  maxConcurrent: field(z.int().min(1).max(1000), 'Actions in progress at once, over all policies.').default(5),
  namespaceLimits: field(namespaceLimitsSchema, 'What one namespace may take of what all namespaces share.').prefault(
    {},
  ),
  commonCause: field(
    commonCauseSchema,
    'From when on workloads that fail together are taken for one outage, in which nothing is healed automatically.',
  ).prefault({}),
  protectedNamespaces: field(z.array(namespaceName).max(64), 'Nothing in these is ever touched.').default([
    'kube-system',
    'kube-public',
    'kube-node-lease',
  ]),
  impersonation: field(
    z.strictObject({
      required: field(
        z.boolean(),
        'True: a policy, or an action made by hand, without an account heals nothing. For clusters of several teams; install the roles with `--tenancy shared`.',
      ).default(false),
      defaultServiceAccount: serviceAccount(
        'The account where a policy names none: of the namespace of the policy, or of an action made by hand.',
      ).exactOptional(),
      named: field(
        z.enum(['allowed', 'refused']),
        'Whether a policy, or an action made by hand, may name an account. Refuse it where the admission policies are not installed: nothing else checks that its author may act as that account.',
      ).default('allowed'),
    }),
    'As which ServiceAccounts plans are read and changes are made. Without any, the operator uses its own rights.',
  ).prefault({}),
  deniedKinds: field(
    z.array(z.string().min(1).max(512)).max(64),
    'Kinds that are never targets, as apiVersion and kind, with `*` for any run of characters: `rbac.authorization.k8s.io/*`. They are not even watched.',
  ).default(['v1/Secret']),
  approvals: unprovenField(
    'What is done with a HealingApproval of which no admission policy has checked the author: it does not count, or it is taken as it claims to be. Accept it only where something else guards who may create them.',
    'Whose word counts.',
  ),
  handMade: unprovenField(
    'What is done with a HealingAction made by hand of which no admission policy has checked what its author may do: it ends, or it is carried out. Accept it only where something else guards who may create them.',
    'Actions that people make themselves.',
  ),
  evaluationInterval: duration('How often metric triggers are evaluated; at least `1s`.').default('15s'),
  prometheusUrl: prometheusUrlField.exactOptional(),
  metricSources: metricSourcesField.default([]),
  kubeletMetrics: field(
    z.enum(['off', 'summary', 'all']),
    'What the embedded source asks kubelets for, through the API server: `summary` `/stats/summary`, `all` `/metrics/cadvisor` too. Needs the permission of `config/rbac/kubelet-metrics.yaml`, which reaches all that kubelets serve.',
  ).default('off'),
  ai: aiField.exactOptional(),
  actions: field(actionsSchema, 'What actions may do.').prefault({}),
  endpoints: endpointsField.default([]),
  channels: channelsField.default([]),
  notifications: notificationsField.prefault({}),
  plugins: field(
    z.array(z.string().min(1).max(4096)).max(16),
    'ES modules that add executors of action type `custom`; `--plugin` adds more.',
  ).default([]),
  actionRetention: duration('How long finished HealingActions are kept at least.').default('24h'),
  actionRetentionCount: field(
    z.int().min(1).max(10_000),
    'How many finished HealingActions per policy are kept at least.',
  ).default(100),
  ...keptFiles,
  logLevel: field(z.enum(['debug', 'info', 'warn', 'error']), 'Lines below this level are not written.').default(
    'info',
  ),
});
export type OperatorSettingsFile = z.output<typeof operatorConfigSchema>;

export interface OperatorSettings
  extends Omit<
      OperatorSettingsFile,
      'evaluationInterval' | 'actionRetention' | 'prometheusUrl' | 'metricSources' | 'endpoints' | 'channels' | 'ai'
    >,
    KeptSettings {
  /** Absent: no model is asked. */
  readonly ai?: AiSettings;
  readonly endpoints: readonly EndpointSettings[];
  readonly channels: readonly EndpointSettings[];
  readonly evaluationIntervalMs: number;
  /** The first is the default; none: the embedded source is. */
  readonly metricServers: readonly MetricServerSettings[];
  readonly actionRetentionMs: number;
}

export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
  /** One-based; absent for values that came from a flag. */
  readonly line?: number;
}

export type ParsedConfig = { readonly config: OperatorSettings } | { readonly problems: readonly ConfigProblem[] };

/** `text` is YAML (or JSON); `flags` are the values that were given on the command line. */
export function parseOperatorConfig(text: string, flags: Readonly<Record<string, unknown>> = {}): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken) {
    const at = lines.linePos(broken.pos[0]);
    return {
      problems: [
        {
          path: '',
          message: `is not YAML: ${broken.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? ''}`,
          line: at.line,
        },
      ],
    };
  }
  const file: unknown = document.toJS() ?? {};
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    return { problems: [{ path: '', message: 'must be a map of settings', line: 1 }] };
  const result = operatorConfigSchema.safeParse({ ...file, ...flags });
  const lineOf = (path: readonly PropertyKey[]): { line: number } | object => {
    const offset = offsetOf(document.contents, path);
    return offset === undefined ? {} : { line: lines.linePos(offset).line };
  };
  if (result.success) {
    const { prometheusUrl, metricSources, evaluationInterval } = result.data;
    if (milliseconds(evaluationInterval) < MIN_INTERVAL_MS)
      return {
        problems: [{ path: 'evaluationInterval', message: 'must be 1s or more', ...lineOf(['evaluationInterval']) }],
      };
    const taken = takenName(result.data);
    if (taken !== undefined)
      return {
        problems: [
          { path: fieldPath(taken.map(String)), message: 'is taken by another endpoint or channel', ...lineOf(taken) },
        ],
      };
    const unknown = unknownChannel(result.data);
    if (unknown !== undefined)
      return {
        problems: [
          { path: fieldPath(unknown.map(String)), message: 'is not the name of a channel', ...lineOf(unknown) },
        ],
      };
    if (prometheusUrl === undefined || metricSources.every(({ name }) => name !== PROMETHEUS_SOURCE))
      return { config: compile(result.data) };
    return {
      problems: [{ path: 'metricSources', message: `has a ${PROMETHEUS_SOURCE} beside the one of prometheusUrl` }],
    };
  }
  const problems = result.error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const path = [...issue.path, key];
        return { path: fieldPath(path.map(String)), message: 'is not a setting', ...lineOf(path) };
      });
    }
    const { path, message } = problemOfIssue(issue);
    const fromFlag = issue.path[0] !== undefined && Object.hasOwn(flags, issue.path[0]);
    return [{ path, message, ...(fromFlag ? {} : lineOf(issue.path)) }];
  });
  return { problems };
}

function compile(settings: OperatorSettingsFile): OperatorSettings {
  const { evaluationInterval, actionRetention, prometheusUrl, metricSources, endpoints, channels, ai, ...rest } =
    settings;
  return {
    ...rest,
    ...given({ ai: ifGiven(ai, compileAi) }),
    ...keptSettings(settings),
    metricServers: metricServers(metricSources, prometheusUrl),
    endpoints: compileEndpoints(endpoints),
    channels: compileEndpoints(channels),
    evaluationIntervalMs: milliseconds(evaluationInterval),
    actionRetentionMs: milliseconds(actionRetention),
  };
}

/** Where the key of a path stands in the file. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = contents;
  let offset: number | undefined;
  for (const segment of path) {
    if (isSeq(node) && typeof segment === 'number') {
      node = node.items[segment];
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment);
    if (!pair) break;
    offset = (pair.key as Node).range?.[0];
    node = pair.value;
  }
  return offset;
}
