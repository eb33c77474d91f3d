/**
 * HealingPolicy on the wire: the one source of its types, defaults, CRD and reference page. `parse-policy.ts` compiles
 * it for decisions.
 */
import * as z from 'zod';
import { actionTemplateSchema, MAX_ACTIONS, MAX_TRIGGERS } from './action-template.ts';
import { field, globs, labelSelector, resourceFilterFields, serviceAccount } from './fields.ts';
import type { ObjectMeta } from '../shapes/kube.ts';
import { policyStatusSchema, type PolicyStatus } from './policy-status.ts';
import { analysisSchema, safetyRulesSchema } from './safety-schema.ts';
import { triggerSchema } from './trigger-schema.ts';

export const resourceFilterSchema = z.object({
  ...resourceFilterFields,
  excludeNames: globs('Globs of names that are left out.').exactOptional(),
});

export const selectorSchema = z.object({
  namespaces: field(
    z.array(z.string().min(1).max(63)).max(256),
    "Where targets live. Empty: the policy's own namespace. `*` and other namespaces only for policies in the operator's cluster policy namespaces.",
    { 'x-kubernetes-list-type': 'atomic' },
  ).exactOptional(),
  labelSelector: labelSelector('Labels of the targets. Omitted or empty: everything of the listed kinds.'),
  resources: field(z.array(resourceFilterSchema).max(64), 'Kinds of the targets. Empty: nothing is matched.', {
    'x-kubernetes-list-type': 'atomic',
  }),
});

export const modes = ['monitor', 'dryrun', 'automatic', 'manual'] as const;
export type Mode = (typeof modes)[number];

const byName = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] } as const;

export const policySpecSchema = field(
  z.object({
    mode: field(
      z.enum(modes),
      '`monitor`: only reports. `dryrun`: sends requests with `dryRun=All`. `automatic`: acts. `manual`: acts once approved.',
    ).default('monitor'),
    serviceAccountName: serviceAccount(
      "A ServiceAccount of the policy's namespace. Plans are read and everything is changed as this account, with its rights. Omitted: as the configuration of the operator says.",
    ).exactOptional(),
    suspend: field(
      z.boolean(),
      'True: nothing is evaluated and no new action starts; what is running finishes.',
    ).default(false),
    selector: field(selectorSchema, 'What is watched over.'),
    triggers: field(z.array(triggerSchema).max(MAX_TRIGGERS), 'When healing starts.', byName),
    actions: field(z.array(actionTemplateSchema).max(MAX_ACTIONS), 'What may be done, highest priority first.', byName),
    safetyRules: field(safetyRulesSchema, 'Limits on what is done.').prefault({}),
    analysis: field(analysisSchema, 'What a model may say about it.').exactOptional(),
  }),
  'What to watch over, when to act and what to do.',
  {
    'x-kubernetes-validations': [
      {
        rule: 'self.actions.all(a, !has(a.triggers) || a.triggers.all(t, self.triggers.exists(x, x.name == t)))',
        message: 'triggers of an action must name triggers of the policy',
        fieldPath: '.actions',
      },
    ],
  },
);
export type PolicySpec = z.output<typeof policySpecSchema>;
/** What a person may write: everything with a default may be left out. */
export type PolicySpecInput = z.input<typeof policySpecSchema>;

export interface HealingPolicyObject {
  readonly apiVersion: string;
  readonly kind: 'HealingPolicy';
  readonly metadata: ObjectMeta;
  readonly spec: PolicySpecInput;
  readonly status?: PolicyStatus;
}

export const healingPolicySchema = z.object({
  spec: policySpecSchema,
  status: field(policyStatusSchema, 'What the operator sees.').exactOptional(),
});
