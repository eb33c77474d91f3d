/** The settings of the operator, from which their types, defaults and reference page come. */
import * as z from 'zod';
import { actionTypes } from './action-template.ts';
import { commonCauseSchema } from './common-cause-limits.ts';
import { milliseconds } from './compile-trigger.ts';
import {
  channelsField,
  compileEndpoints,
  type EndpointSettings,
  endpointsField,
  notificationsField,
} from './endpoint-schema.ts';
import { duration, field, serviceAccount } from './fields.ts';
import {
  metricServers,
  type MetricServerSettings,
  metricSourcesField,
  prometheusUrlField,
} from './metric-source-schema.ts';
import { MAX_SHARDS } from './names.ts';
import { given, ifGiven } from '../std/given.ts';
import { keptFiles, type KeptSettings, keptSettings } from './kept-files.ts';
import { allowListFields } from './metric-allow-lists.ts';
import { type AiSettings, aiField, compileAi } from './model-schema.ts';
import { namespaceLimitsSchema } from './namespace-limits.ts';
import { tracingField } from './tracing-schema.ts';

const namespaceName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
/** `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` switches it off. */
const bindAddress = z.string().regex(/^(0|[^\s/]*:[0-9]{1,5})$/);

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
  shards: field(
    z.int().min(1).max(MAX_SHARDS),
    'Into so many shards the namespaces are divided, for as many processes: each works on the policies of the namespaces of its shards. More than 1 needs `leaderElect`.',
  ).default(1),
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
  ...allowListFields,
  ai: aiField.exactOptional(),
  tracing: tracingField.exactOptional(),
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
  logFormat: field(
    z.enum(['auto', 'text', 'json']),
    'Form of the lines on standard error. `auto`: `text` on a terminal, `json` elsewhere.',
  ).default('auto'),
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

/** Wire to domain: numbers for durations, endpoints by kind. */
export function compileSettings(settings: OperatorSettingsFile): OperatorSettings {
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
