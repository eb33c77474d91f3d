/**
 * CustomResourceDefinitions from the schemas.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import * as z from 'zod';
import { healingActionSchema } from './healing-action.ts';
import { healingApprovalSchema } from './healing-approval.ts';
import { healingPolicySchema } from './healing-policy.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { GROUP, HEALING_ACTION, HEALING_APPROVAL, HEALING_POLICY, type KindNames, VERSION } from './names.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  /** 1: with `-o wide` alone. */
  readonly priority?: 1;
}

/** One node of an OpenAPI v3 schema, as far as CRDs know it. */
export interface SchemaNode {
  type?: string;
  description?: string;
  format?: string;
  unit?: string;
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: SchemaNode;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  required?: string[];
  anyOf?: SchemaNode[];
  [extension: string]: unknown;
}

const policyColumns: readonly PrinterColumn[] = [
  { name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'What happens when a trigger fires' },
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether the policy works as written',
  },
  { name: 'Targets', type: 'integer', jsonPath: '.status.targets.matched', description: 'Objects that it selects' },
  { name: 'Firing', type: 'integer', jsonPath: '.status.firing', description: 'Targets for which a trigger fires' },
  {
    name: 'Blocked',
    type: 'string',
    jsonPath: '.status.blocked[0].reason',
    description: 'Why the first of the targets that fire is not healed',
  },
  {
    name: 'Actions',
    type: 'integer',
    jsonPath: '.status.actionsTaken',
    description: 'Actions started in the last 24 hours',
  },
  {
    name: 'Last action',
    type: 'date',
    jsonPath: '.status.lastActionTime',
    description: 'When the last action started',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the policy' },
  {
    name: 'Message',
    type: 'string',
    jsonPath: '.status.blocked[0].message',
    description: 'The same in a sentence',
    priority: 1,
  },
];

const actionColumns: readonly PrinterColumn[] = [
  { name: 'Policy', type: 'string', jsonPath: '.spec.policyRef.name', description: 'The policy it carries out' },
  { name: 'Action', type: 'string', jsonPath: '.spec.action.type', description: 'What is done' },
  { name: 'Target', type: 'string', jsonPath: '.spec.targetResource.name', description: 'What is healed' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where it stands' },
  { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'A sentence about the phase' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the action' },
];

const approvalColumns: readonly PrinterColumn[] = [
  { name: 'Action', type: 'string', jsonPath: '.spec.action', description: 'The HealingAction that it decides on' },
  { name: 'Decision', type: 'string', jsonPath: '.spec.decision', description: 'Approve or Reject' },
  { name: 'By', type: 'string', jsonPath: '.spec.approvedBy', description: 'The person who decided' },
  { name: 'Reason', type: 'string', jsonPath: '.spec.reason', description: 'Why' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the decision' },
];

/** A kind with all that its definition and its reference page are made of. */
export interface KindSource {
  readonly names: KindNames;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly columns: readonly PrinterColumn[];
}

export const kinds: readonly KindSource[] = [
  {
    names: HEALING_POLICY,
    description: 'HealingPolicy says which workloads to watch over, when they need healing, and what may be done.',
    schema: healingPolicySchema,
    columns: policyColumns,
  },
  {
    names: HEALING_ACTION,
    description: 'HealingAction is one act of healing: what is to be done, the plan, and how it ended.',
    schema: healingActionSchema,
    columns: actionColumns,
  },
  {
    names: HEALING_APPROVAL,
    description: "HealingApproval is one person's word on one HealingAction, for the spec and the plan that were read.",
    schema: healingApprovalSchema,
    columns: approvalColumns,
  },
];

/** The schema of spec and status, with the `unit` of each field: the reference page's source. */
export function describedSchema(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => structural(jsonSchema as SchemaNode),
  }) as SchemaNode;
}

/** What a structural schema asks for beyond what the schema library writes. */
function structural(node: SchemaNode): void {
  // The library bounds every integer by what a double holds; the API server has its own bounds by format.
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node['x-kubernetes-int-or-string'] === true && node.anyOf) {
    // Value bounds belong beside the two types, not inside:
    // https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#intorstring
    for (const { type: _, ...bounds } of node.anyOf) Object.assign(node, bounds);
    node.anyOf = node.anyOf.map(({ type }) => (type === undefined ? {} : { type }));
    delete node.type;
  }
}

/** Keys in one order whatever the library does, and without `unit`, which the API server does not know. */
function clean(node: SchemaNode): SchemaNode {
  const { description, type, unit: _, properties, items, additionalProperties, required, ...rest } = node;
  return {
    ...(description === undefined ? {} : { description }),
    ...(type === undefined ? {} : { type }),
    ...rest,
    ...(required === undefined ? {} : { required }),
    ...(items === undefined ? {} : { items: clean(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? clean(additionalProperties) : additionalProperties,
        }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, clean(property)])),
        }),
  };
}

export function definition({ names, description, schema, columns }: KindSource): KubeObject {
  const { properties = {}, required = [] } = clean(describedSchema(schema));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.singular,
        shortNames: [names.shortName],
        categories: ['kubeskippy'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          ...('status' in properties && { subresources: { status: {} } }),
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              description,
              type: 'object',
              required,
              properties: {
                apiVersion: { type: 'string', description: 'Group and version of this representation.' },
                kind: { type: 'string', description: 'Kind of this object.' },
                metadata: { type: 'object' },
                ...properties,
              },
            },
          },
        },
      ],
    },
  };
}

let made: readonly KubeObject[] | undefined;

/** The definitions of all kinds, policies first. Made once: out of the schemas it takes some tens of milliseconds. */
export const customResourceDefinitions = (): readonly KubeObject[] => (made ??= kinds.map(definition));
