/**
 * `spec.actions[]` of a policy and `spec.action` of a HealingAction, on the wire. A new action type is one block here
 * and one line in `actionBlocks`.
 */
import * as z from 'zod';
import { MAX_VALUE, variableProblem } from './variable-names.ts';
import { duration, field, int32, MAX_NAME, objectName, type ValidationRule } from './fields.ts';

/** Deletion grace above a day is not healing. */
const MAX_GRACE_SECONDS = 86_400;
const gracePeriod = (description: string) =>
  field(int32(0, MAX_GRACE_SECONDS), description, { unit: 'seconds', format: 'int32' });

export const restartActionSchema = z.object({
  strategy: field(
    z.enum(['rolling', 'recreate', 'graceful']),
    '`rolling`: by a new template, as the workload rolls out. `recreate`: scaled to 0, and back when its pods are gone. `graceful`: pods are evicted, the next when the last is replaced.',
  ).default('rolling'),
  maxConcurrent: field(
    int32(1),
    'With `graceful`: how many pods may be missing at once. A rollout keeps the limits of its workload.',
  ).default(1),
  gracePeriodSeconds: gracePeriod('How long a pod may take to stop.').default(30),
});

export type RestartAction = z.output<typeof restartActionSchema>;

export const scaleActionSchema = z.object({
  direction: field(z.enum(['up', 'down', 'absolute']), 'Whether `replicas` is added, subtracted or the count itself.'),
  replicas: field(int32(0), 'By how many, or to how many.'),
  minReplicas: field(int32(0), 'Never below this.').default(0),
  maxReplicas: field(int32(0), 'Never above this.').default(100),
  autoscaler: field(
    z.enum(['refuse', 'adjust']),
    'What to do when a HorizontalPodAutoscaler owns the count: `refuse`, or `adjust` its bounds.',
  ).default('refuse'),
});

const patchOperationSchema = z.object({
  path: field(z.array(z.string().max(316)).min(1).max(32), 'The field, one path segment an element.', {
    'x-kubernetes-list-type': 'atomic',
  }),
  value: field(z.string().max(4096), 'The value to set, in YAML or JSON.'),
});

export const patchActionSchema = field(
  z.object({
    type: field(z.enum(['strategic', 'merge', 'json']), 'Which kind of patch.'),
    patch: field(z.string().max(16_384), 'The patch in YAML or JSON.').exactOptional(),
    patches: field(z.array(patchOperationSchema).max(64), 'Single fields to set, applied after `patch`.', {
      'x-kubernetes-list-type': 'atomic',
    }).exactOptional(),
  }),
  'Patches the target.',
  {
    'x-kubernetes-validations': [
      {
        rule: "(has(self.patch) && self.patch != '') || (has(self.patches) && size(self.patches) > 0)",
        message: 'patch or patches is required',
      },
    ],
  },
);

const deleteEmptyDirData = field(
  z.boolean(),
  'Also takes pods away whose data goes with them: those with an `emptyDir` or an ephemeral volume.',
).default(false);

export const deleteActionSchema = z.object({
  gracePeriodSeconds: gracePeriod('How long the object may take to stop.').default(30),
  force: field(z.boolean(), 'Grace period 0: the object goes without waiting for its node.').default(false),
  deleteEmptyDirData,
  propagationPolicy: field(
    z.enum(['Orphan', 'Background', 'Foreground']),
    'What becomes of the objects it owns. Omitted: the default of its kind.',
  ).exactOptional(),
});

export const customActionSchema = z.object({
  executor: field(z.string().min(1).max(63), 'Name of an executor that a plugin registers.'),
  parameters: field(z.record(z.string(), z.string().max(4096)), 'Passed to the executor.', {
    maxProperties: 64,
  }).exactOptional(),
});

export const rollbackActionSchema = z.object({
  toRevision: field(z.int().min(1), 'The revision to go back to. Omitted: the last one that was healthy.', {
    format: 'int64',
  }).exactOptional(),
});

const growthSchema = (what: string) =>
  z.object({
    factor: field(z.number().min(0.1).max(10), `What the present ${what} is multiplied with.`, { format: 'double' }),
    min: field(z.string().min(1).max(32), `Never below this quantity of ${what}.`, {
      unit: 'quantity',
    }).exactOptional(),
    max: field(z.string().min(1).max(32), `Never above this quantity of ${what}.`, {
      unit: 'quantity',
    }).exactOptional(),
  });

export const resizeActionSchema = field(
  z.object({
    container: field(
      z.string().min(1).max(63),
      'The container. Omitted: every container that has the resource set.',
    ).exactOptional(),
    memory: field(growthSchema('memory'), 'Change of memory requests and limits.').exactOptional(),
    cpu: field(growthSchema('CPU'), 'Change of CPU requests and limits.').exactOptional(),
  }),
  'Changes the resources of containers, in place where the cluster can.',
  { 'x-kubernetes-validations': [{ rule: 'has(self.memory) || has(self.cpu)', message: 'memory or cpu is required' }] },
);

const nodeFields = {
  timeout: duration('After this long the action has failed.').default('10m'),
  signals: field(
    z.int().min(1).max(2),
    'Independent signs that the node is broken, without which it is not taken away: its kubelet, its heartbeat, what other triggers of the policy see, pods of several workloads, its provider.',
  ).default(2),
};
const healthyFor = duration(
  'Takes the cordon back once the node has been well for this long without a break: it is ready, and no trigger of the policy holds for it. Omitted: a person uncordons the node, and is told every six hours that it is away.',
).exactOptional();
export const cordonActionSchema = z.object({ ...nodeFields, healthyFor });
export const drainActionSchema = z.object({
  ...nodeFields,
  healthyFor,
  force: field(z.boolean(), 'Evicts pods without a controller too: nothing brings them back.').default(false),
  deleteEmptyDirData,
});
export type DrainAction = z.output<typeof drainActionSchema>;
export const uncordonActionSchema = z.object({ timeout: nodeFields.timeout });

export const jobActionSchema = z.object({
  template: field(
    z.string().min(1).max(63),
    'Name of a CronJob in the namespace of the policy (of the action, for one made by hand) whose Job template is run. Usually a suspended one.',
  ),
  parameters: field(
    z.record(z.string(), z.string().max(MAX_VALUE)).superRefine((parameters, context) => {
      for (const [name, value] of Object.entries(parameters)) {
        const message = variableProblem(name, value);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      }
    }),
    'Set as environment variables of all its containers: those that the annotation `kubeskippy.io/parameters` of the CronJob names, by commas. Names that loaders, shells, interpreters, proxies or clients read are refused, and so is one that a container sets itself.',
    {
      maxProperties: 32,
    },
  ).exactOptional(),
});

export const webhookActionSchema = z.object({
  name: field(z.string().min(1).max(63), "Name of an endpoint in the operator's configuration."),
});

export const notifyActionSchema = z.object({
  channel: field(
    z.string().min(1).max(63),
    "Name of a channel in the operator's configuration. Omitted: all of them.",
  ).exactOptional(),
  message: field(z.string().max(1024), 'Text before the description of what fires.').exactOptional(),
});

/**
 * Each type and its block. `defaulted`: the block may be omitted, since every field of it has a default (or, for
 * `custom`, because manifests for the published fields have none; such a policy is accepted and the action reported as
 * a problem).
 */
export const actionBlocks = {
  restart: { block: 'restartAction', omitted: 'defaulted' },
  scale: { block: 'scaleAction', omitted: 'refused' },
  patch: { block: 'patchAction', omitted: 'refused' },
  delete: { block: 'deleteAction', omitted: 'defaulted' },
  custom: { block: 'customAction', omitted: 'reported' },
  rollback: { block: 'rollbackAction', omitted: 'defaulted' },
  resize: { block: 'resizeAction', omitted: 'refused' },
  cordon: { block: 'cordonAction', omitted: 'defaulted' },
  drain: { block: 'drainAction', omitted: 'defaulted' },
  uncordon: { block: 'uncordonAction', omitted: 'defaulted' },
  job: { block: 'jobAction', omitted: 'refused' },
  webhook: { block: 'webhookAction', omitted: 'refused' },
  notify: { block: 'notifyAction', omitted: 'defaulted' },
} as const;
export type ActionType = keyof typeof actionBlocks;
export const actionTypes = Object.keys(actionBlocks) as [ActionType, ...ActionType[]];

const blockRules: readonly ValidationRule[] = Object.entries(actionBlocks).map(([type, { block, omitted }]) =>
  omitted === 'refused'
    ? {
        rule: `has(self.${block}) == (self.type == '${type}')`,
        message: `${block} is required when type is ${type}, and forbidden otherwise`,
      }
    : {
        rule: `!has(self.${block}) || self.type == '${type}'`,
        message: `${block} is forbidden when type is not ${type}`,
      },
);

/** 32: as many as triggers, so that each may have an action of its own. */
export const MAX_TRIGGERS = 32;
export const MAX_ACTIONS = 32;

export const actionTemplateSchema = field(
  z.object({
    name: objectName('Unique among the actions of the policy.'),
    type: field(z.enum(actionTypes), 'What is done, and which block the action may carry.'),
    description: field(z.string().max(1024), 'For people: shown in events, status and audit.').exactOptional(),
    priority: field(
      int32(-2_147_483_648),
      'Higher goes first up the ladder; equal priorities keep their order in the list.',
    ).default(50),
    requiresApproval: field(z.boolean(), 'Waits for approval whatever the mode.').default(false),
    triggers: field(
      z.array(z.string().min(1).max(MAX_NAME)).max(MAX_TRIGGERS),
      'Names of the triggers it answers. Omitted or empty: all.',
      { 'x-kubernetes-list-type': 'atomic' },
    ).exactOptional(),
    kinds: field(
      z.array(z.string().min(1).max(63)).max(64),
      'Kinds it applies to. Omitted or empty: those the type supports.',
      {
        'x-kubernetes-list-type': 'atomic',
      },
    ).exactOptional(),
    restartAction: field(restartActionSchema, 'Restarts the target.').exactOptional(),
    scaleAction: field(scaleActionSchema, 'Changes the number of replicas.').exactOptional(),
    patchAction: patchActionSchema.exactOptional(),
    deleteAction: field(deleteActionSchema, 'Deletes the target.').exactOptional(),
    customAction: field(customActionSchema, 'Runs an executor of a plugin.').exactOptional(),
    rollbackAction: field(rollbackActionSchema, 'Goes back to an earlier revision.').exactOptional(),
    resizeAction: resizeActionSchema.exactOptional(),
    cordonAction: field(cordonActionSchema, 'Marks a node unschedulable.').exactOptional(),
    drainAction: field(drainActionSchema, 'Cordons a node and evicts its pods.').exactOptional(),
    uncordonAction: field(uncordonActionSchema, 'Takes back a cordon of this operator.').exactOptional(),
    jobAction: field(jobActionSchema, 'Runs a Job and waits for its end.').exactOptional(),
    webhookAction: field(webhookActionSchema, 'Calls an endpoint that the configuration allows.').exactOptional(),
    notifyAction: field(notifyActionSchema, 'Tells people.').exactOptional(),
  }),
  'What may be done for a firing target: a step of the ladder.',
  { 'x-kubernetes-validations': blockRules },
);
export type ActionTemplate = z.output<typeof actionTemplateSchema>;
