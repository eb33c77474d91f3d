/**
 * A HealingAction that a person makes names its author, who holds on the target every verb that its requests need.
 * Things that only the operator can know (the policy, the evidence, the episode, our labels) are written by it alone.
 *
 * A question to the authorizer costs 350,000 of the 1,000,000 units that an expression may use. Each validation asks
 * one, beside the one that tells the operator.
 */
import { actionTypes } from '../action-template.ts';
import { ANNOTATIONS, GROUP, HEALING_ACTION } from '../names.ts';
import { AUTHOR_NEEDS, type Need, RESOURCE_OF } from './author-needs.ts';
import { type AdmissionOptions, isOperator } from './caller.ts';
import { type AdmissionPair, admissionPair, type Validation } from './policy-pair.ts';

export const ACTIONS_POLICY = 'kubeskippy-actions';

const OWN_FIELDS = ['policyRef', 'evidence', 'trigger', 'policyGeneration', 'episode'];
const created = "request.operation == 'CREATE'";

export const actionsPolicy = (options: AdmissionOptions): AdmissionPair =>
  admissionPair(ACTIONS_POLICY, {
    resourceRules: [{ apiGroups: [GROUP], resources: [HEALING_ACTION.plural], operations: ['CREATE', 'UPDATE'] }],
    variables: [
      isOperator(options),
      ...(['labels', 'annotations'] as const).flatMap((marks) => [
        { name: marks, expression: `has(object.metadata.${marks}) ? object.metadata.${marks} : {}` },
        {
          name: `${marks}Before`,
          expression: `oldObject != null && has(oldObject.metadata.${marks}) ? oldObject.metadata.${marks} : {}`,
        },
      ]),
      { name: 'target', expression: 'object.spec.targetResource' },
      { name: 'kind', expression: "variables.target.apiVersion + '/' + variables.target.kind" },
      {
        name: 'group',
        expression: "variables.target.apiVersion.contains('/') ? variables.target.apiVersion.split('/')[0] : ''",
      },
      { name: 'resources', expression: mapOfResources() },
      {
        name: 'resource',
        expression: "variables.kind in variables.resources ? variables.resources[variables.kind] : '*'",
      },
      { name: 'place', expression: "has(variables.target.namespace) ? variables.target.namespace : ''" },
    ],
    validations: [
      {
        expression: `variables.operator || request.operation != 'CREATE' || !(${OWN_FIELDS.map((name) => `has(object.spec.${name})`).join(' || ')})`,
        message: `only the operator makes actions with ${OWN_FIELDS.join(', ')}; leave them out`,
      },
      {
        expression: `variables.operator || request.operation != 'CREATE' || ('${ANNOTATIONS.author}' in variables.annotations && variables.annotations['${ANNOTATIONS.author}'] == request.userInfo.username)`,
        message: `annotation ${ANNOTATIONS.author} must be the user who makes the request`,
      },
      { expression: unchanged('labels', []), message: `only the operator sets and removes labels of ${GROUP}` },
      {
        expression: unchanged('annotations', [ANNOTATIONS.author]),
        message: `only the operator sets and removes annotations of ${GROUP}`,
      },
      ...authorValidations(),
    ],
  });

const mapOfResources = (): string =>
  `{${Object.entries(RESOURCE_OF)
    .map(([kind, resource]) => `'${kind}': '${resource}'`)
    .join(', ')}}`;

/** `free`: those that the author may give when the action is made. */
function unchanged(marks: 'labels' | 'annotations', free: readonly string[]): string {
  const [now, before] = [`variables.${marks}`, `variables.${marks}Before`];
  const given = free.map((key) => ` || (${created} && k == '${key}')`).join('');
  const kept = (of: string, other: string) =>
    `${of}.all(k, !k.startsWith('${GROUP}/') || (k in ${other} && ${of}[k] == ${other}[k])${given})`;
  return `variables.operator || (${kept(now, before)} && ${kept(before, now)})`;
}

function authorValidations(): readonly Validation[] {
  const needs = new Map<string, { readonly need: Need; readonly types: string[] }>();
  for (const type of actionTypes)
    for (const need of AUTHOR_NEEDS[type]) {
      const known = needs.get(need.said);
      if (known === undefined) needs.set(need.said, { need, types: [type] });
      else known.types.push(type);
    }
  return [...needs.values()].map(({ need, types }) => ({
    expression: `variables.operator || request.operation != 'CREATE' || !(object.spec.action.type in [${types.map((type) => `'${type}'`).join(', ')}]) || ${question(need)}`,
    message: `the author of an action of type ${types.join(', ')} must be allowed to ${need.said}`,
  }));
}

function question({ verb, on, subresource }: Need): string {
  const sub = subresource === undefined ? '' : `.subresource('${subresource}')`;
  const asked =
    on === 'target'
      ? `group(variables.group).resource(variables.resource)${sub}.namespace(variables.place).name(variables.target.name)`
      : `group('${on.group}').resource('${on.resource}')${sub}.namespace(${on.in === 'target' ? 'variables.place' : 'request.namespace'})`;
  return `authorizer.${asked}.check('${verb}').allowed()`;
}
