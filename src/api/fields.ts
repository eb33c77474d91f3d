/**
 * The pieces from which both kinds are made. A zod schema here carries everything: the TypeScript type, the default,
 * the bounds, the doc line and, through `.meta`, the CRD's extensions (`x-kubernetes-*`, `format`) and the `unit` of a
 * number.
 */
import { PATH_SEGMENT } from '../shapes/path-segment.ts';
import * as z from 'zod';

/** What `kubectl explain` and the reference page say, and any CRD extension. */
export interface FieldNotes {
  readonly unit?: string;
  readonly format?: string;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

/** A field's doc line and extensions. */
export function field<S extends z.ZodType>(schema: S, description: string, notes: FieldNotes = {}): S {
  return schema.meta({ description, ...notes });
}

/**
 * Go's `time.ParseDuration` without negative values: `90s`, `1h30m`, `1.5m`, `0`. The API server applies the same
 * pattern.
 */
export const DURATION_PATTERN = /^\+?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$/;
/** The longest that Go prints is `2562047h47m16.854775807s`; room for a hand-written one in small units. */
const MAX_DURATION_LENGTH = 32;

export const duration = (description: string) =>
  field(z.string().max(MAX_DURATION_LENGTH).regex(DURATION_PATTERN), description, { unit: 'duration' });

/** RFC 3339, as `metav1.Time`. */
export const timestamp = (description: string) => field(z.string().max(64), description, { format: 'date-time' });

/** Names of objects are DNS subdomains (253); everything that names an object is bounded by that. */
export const MAX_NAME = 253;
export const objectName = (description: string) =>
  field(z.string().min(1).max(MAX_NAME).regex(PATH_SEGMENT), description);

/**
 * For sentences that people read. Kubernetes bounds `metav1.Condition.message` by 32768; ours are sentences, and many
 * live in one status.
 */
export const MAX_MESSAGE = 1024;
export const message = (description: string) => field(z.string().max(MAX_MESSAGE), description);

/** CamelCase reasons, as `metav1.Condition.reason` (up to 1024; ours are single words). */
export const reason = (description: string) => field(z.string().max(128), description);

export const int32 = (min: number, max = 2_147_483_647) => z.int().min(min).max(max).meta({ format: 'int32' });

/** `metadata.generation` and the like. */
export const generation = (description: string) => field(z.int().min(0), description, { format: 'int64' });

/** A glob: `*` any run of characters, `?` one character, the rest literal. */
const glob = z.string().min(1).max(MAX_NAME);
/** 128 globs × 253 characters = 32 KB: a list that still fits a policy a person can read. */
export const globs = (description: string) =>
  field(z.array(glob).max(128), description, { 'x-kubernetes-list-type': 'atomic' });

/** Label keys are a prefix of up to 253, a slash and a name of up to 63; values have up to 63. */
const LABEL_KEY = z.string().min(1).max(317);
const LABEL_VALUE = z.string().max(63);

const selectorRequirementSchema = z.object({
  key: field(LABEL_KEY, 'Label key.'),
  operator: field(z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), 'How the label relates to the values.'),
  values: field(z.array(LABEL_VALUE).max(128), 'At least one for In and NotIn, none for Exists and DoesNotExist.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
});

/** 64 of each: far above any selector seen in practice, low enough that matching stays microseconds. */
export const labelSelectorSchema = z.object({
  matchLabels: field(z.record(LABEL_KEY, LABEL_VALUE), 'Labels that must be present with exactly these values.', {
    maxProperties: 64,
  }).exactOptional(),
  matchExpressions: field(z.array(selectorRequirementSchema).max(64), 'Requirements, all of which must hold.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
});

export const labelSelector = (description: string) =>
  field(labelSelectorSchema, description, { 'x-kubernetes-map-type': 'atomic' }).exactOptional();

export const resourceFilterFields = {
  apiVersion: field(z.string().min(1).max(MAX_NAME), 'Group and version (`v1`, `apps/v1`).'),
  kind: field(z.string().min(1).max(63), 'Kind (`Pod`, `Deployment`, any that discovery knows).'),
} as const;

export const targetResourceSchema = z.object({
  ...resourceFilterFields,
  name: objectName("The object's name."),
  namespace: field(
    z.string().max(63).regex(PATH_SEGMENT),
    "The object's namespace; absent for cluster-scoped kinds.",
  ).exactOptional(),
  uid: field(z.string().max(128), "The object's UID: a successor of the same name is another object.").exactOptional(),
});
export type TargetResource = z.output<typeof targetResourceSchema>;

/** https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition */
export const conditionSchema = z.object({
  type: field(z.string().min(1).max(316), 'CamelCase type of the condition.'),
  status: field(z.enum(['True', 'False', 'Unknown']), 'Whether it holds.'),
  observedGeneration: generation('The generation of the spec it speaks of.').exactOptional(),
  lastTransitionTime: timestamp('When `status` last changed.'),
  reason: reason('CamelCase reason of the last transition.'),
  message: field(z.string().max(32_768), 'A sentence for people.'),
});
export type StatusCondition = z.output<typeof conditionSchema>;

/** Longer than any that core/authority/seal.ts makes. */
const MAX_SEAL = 256;

export const statusSeal = () =>
  field(
    z.string().max(MAX_SEAL),
    "The operator's keyed digest of the rest of the status. A status without a valid one is not believed.",
  ).exactOptional();

/** 16: we write three or four; the rest is room for other writers. */
export const conditions = () =>
  field(z.array(conditionSchema).max(16), 'Standard conditions.', {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  }).exactOptional();

/** The name of a ServiceAccount, by its rules: a DNS subdomain. */
export const serviceAccount = (description: string) =>
  field(
    z
      .string()
      .min(1)
      .max(MAX_NAME)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/),
    description,
  );
