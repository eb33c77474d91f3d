/**
 * Wire → defaulted → compiled, once per change of a policy. A trigger or action that cannot work is left out and
 * reported; anything wrong with the selector or the safety rules leaves no policy at all, because a rule that is not
 * understood must never let more be done.
 */
import { type ActionTemplate, actionBlocks, actionTemplateSchema, MAX_TRIGGERS } from './action-template.ts';
import { healingPolicySchema, type PolicySpec } from './healing-policy.ts';
import type { KubeObject, ObjectMeta } from '../shapes/kube.ts';
import { analysisSchema } from './safety-schema.ts';
import { selectorOf, selectorProblems } from './label-selector.ts';
import { ANNOTATIONS } from './names.ts';
import type { Action, AnalysisRules, HealingPolicy, WrittenTrigger } from './policy.ts';
import { fieldPath, type PathSegment, type Problem, problemOfIssue } from './problem.ts';
import { costProblems, EVENT_STEPS, EXPRESSION_COST, PatternAllowance, shareOf } from './policy-cost.ts';
import { compileSafety } from './safety-rules.ts';
import { compileTrigger, type LanguageChecks } from './compile-trigger.ts';
import { answeringWritten, uncordonOf } from './uncordons.ts';
import { given } from '../std/given.ts';

export interface ParsedPolicy {
  /** Undefined when nothing of it can be used. */
  readonly policy: HealingPolicy | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Rounds of leaving out what the schema refuses: the first finds every bad trigger and action, the second finds none.
 */
const MAX_ROUNDS = 2;

export function parsePolicy(object: KubeObject, checks: LanguageChecks = {}): ParsedPolicy {
  const problems: Problem[] = [];
  const wire = defaulted(object, problems);
  if (wire === undefined) return { policy: undefined, problems };
  const { spec } = wire;

  const selectorPath: PathSegment[] = ['spec', 'selector', 'labelSelector'];
  for (const found of selectorProblems(spec.selector.labelSelector ?? {})) {
    problems.push({
      path: fieldPath([...selectorPath, ...found.path]),
      message: found.message,
      reason: 'InvalidSelector',
    });
  }
  const safety = compileSafety(spec, problems);
  const labels = selectorOf(spec.selector.labelSelector);
  const resources = spec.selector.resources.map(({ apiVersion, kind, excludeNames = [] }) => ({
    apiVersion,
    kind,
    excludeNames,
  }));
  problems.push(...costProblems({ labels, resources }, safety?.protectedResources ?? []));
  const fatal = problems.some((problem) => problem.trigger === undefined && problem.action === undefined);
  const { triggers, actions } = withUncordons(
    compileTriggers(wire, problems, checks),
    compileActions(wire, problems),
    problems,
  );
  if (fatal || safety === undefined) return { policy: undefined, problems };

  const { metadata } = object;
  const policy: HealingPolicy = {
    metadata,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    mode: spec.mode,
    suspend: spec.suspend,
    ...given({ serviceAccountName: spec.serviceAccountName }),
    selector: {
      namespaces: spec.selector.namespaces ?? [],
      labels,
      resources,
    },
    triggers,
    actions,
    safety,
    analysis: analysisRules(spec, metadata),
    status: wire.status,
  };
  return { policy, problems };
}

/** The published annotation asks for advice in as many words; `false` is the published way to have none. */
function analysisRules({ analysis }: PolicySpec, { annotations }: ObjectMeta): AnalysisRules {
  const { mode, minConfidence, order, verify } = analysis ?? analysisSchema.parse({});
  return {
    mode: mode ?? (annotations?.[ANNOTATIONS.aiEnabled] === 'false' ? 'off' : 'advise'),
    minConfidence,
    order,
    check: verify ? 'verified' : 'once',
  };
}

interface Defaulted {
  readonly spec: PolicySpec;
  readonly status: HealingPolicy['status'];
  /** Index in the object as it was written, for each kept trigger and action. */
  readonly triggerIndexes: readonly number[];
  readonly actionIndexes: readonly number[];
}

/** Applies the schema, leaving out the triggers and actions that it refuses. */
function defaulted(object: KubeObject, problems: Problem[]): Defaulted | undefined {
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const kept = { triggers: indexed(spec['triggers']), actions: indexed(spec['actions']) };
  let status = isRecord(object['status']) ? object['status'] : {};
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const candidate: Record<string, unknown> = { ...spec };
    for (const list of ['triggers', 'actions'] as const) {
      if (Array.isArray(spec[list])) candidate[list] = kept[list].map(({ item }) => item);
    }
    const result = healingPolicySchema.safeParse({ spec: candidate, status });
    if (result.success) {
      return {
        spec: result.data.spec,
        status: result.data.status ?? {},
        triggerIndexes: kept.triggers.map(({ index }) => index),
        actionIndexes: kept.actions.map(({ index }) => index),
      };
    }
    const dropped = { triggers: new Set<number>(), actions: new Set<number>() };
    for (const issue of result.error.issues) {
      const [, list, position] = issue.path;
      if ((list === 'triggers' || list === 'actions') && typeof position === 'number') {
        const entry = kept[list][position];
        dropped[list].add(position);
        const original = { ...issue, path: ['spec', list, entry?.index ?? position, ...issue.path.slice(3)] };
        const name = isRecord(entry?.item) && typeof entry.item['name'] === 'string' ? entry.item['name'] : '';
        problems.push({ ...problemOfIssue(original), ...(list === 'triggers' ? { trigger: name } : { action: name }) });
      } else if (issue.path[0] === 'status') {
        // Another version wrote this status. It is ours to write again, so episodes begin anew rather than healing
        // standing still.
        status = {};
      } else {
        problems.push(problemOfIssue(issue));
      }
    }
    kept.triggers = kept.triggers.filter((_, position) => !dropped.triggers.has(position));
    kept.actions = kept.actions.filter((_, position) => !dropped.actions.has(position));
  }
  return undefined;
}

const indexed = (list: unknown): { readonly item: unknown; readonly index: number }[] =>
  Array.isArray(list) ? list.map((item: unknown, index) => ({ item, index })) : [];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function compileTriggers(wire: Defaulted, problems: Problem[], checks: LanguageChecks): WrittenTrigger[] {
  const compiled: WrittenTrigger[] = [];
  const { triggers } = wire.spec;
  const ours = {
    ...checks,
    patterns: new PatternAllowance(),
    eventSteps: shareOf(EVENT_STEPS, triggers, 'event'),
    expressionCost: shareOf(EXPRESSION_COST, triggers, 'expression'),
  };
  for (const [position, trigger] of triggers.entries()) {
    const at = ['spec', 'triggers', wire.triggerIndexes[position] ?? position];
    const result = compileTrigger(trigger, ours);
    if ('trigger' in result) compiled.push(result.trigger);
    else {
      for (const found of result.problems) {
        problems.push({
          path: fieldPath([...at, ...found.path]),
          message: found.message,
          reason: found.reason,
          trigger: trigger.name,
        });
      }
    }
  }
  return compiled;
}

/** Beside what is written, what takes the cordons back of actions with `healthyFor`. */
function withUncordons(
  written: readonly WrittenTrigger[],
  actions: readonly Action[],
  problems: Problem[],
): Pick<HealingPolicy, 'triggers' | 'actions'> {
  const made = actions.flatMap((action) => uncordonOf(action) ?? []);
  if (made.length === 0) return { triggers: written, actions };
  const taken = new Set([...written, ...actions].map(({ name }) => name));
  // Status has room for no more of them.
  const room = MAX_TRIGGERS - written.length;
  const free = made
    .filter(({ trigger, template }) => !taken.has(trigger.name) && !taken.has(template.name))
    .slice(0, room);
  for (const { trigger, template } of made.filter((one) => !free.includes(one)))
    problems.push({
      path: `spec.actions[${trigger.action}]`,
      message: `its healthyFor makes a trigger ${trigger.name} and an action ${template.name}, and the policy has one of that name, or ${MAX_TRIGGERS} triggers already; rename or remove one`,
      reason: 'InvalidField',
      action: trigger.action,
    });
  const uncordons = free.map(({ template }) => compileAction(template));
  return {
    triggers: [...written, ...free.map(({ trigger }) => trigger)],
    actions: [...actions.map((one) => answeringWritten(one, written)), ...uncordons].toSorted(
      (a, b) => b.priority - a.priority,
    ),
  };
}

function compileActions(wire: Defaulted, problems: Problem[]): Action[] {
  const triggerNames = new Set(wire.spec.triggers.map(({ name }) => name));
  const compiled: Action[] = [];
  for (const [position, template] of wire.spec.actions.entries()) {
    const at = ['spec', 'actions', wire.actionIndexes[position] ?? position];
    const found = actionProblem(template);
    const unknown = template.triggers?.find((name) => !triggerNames.has(name));
    if (found !== undefined)
      problems.push({
        path: fieldPath([...at, found.field]),
        message: found.message,
        reason: 'InvalidField',
        action: template.name,
      });
    else if (unknown !== undefined && template.triggers?.every((name) => !triggerNames.has(name))) {
      problems.push({
        path: fieldPath([...at, 'triggers']),
        message: `no usable trigger is named ${unknown}`,
        reason: 'InvalidField',
        action: template.name,
      });
    } else compiled.push(compileAction(template));
  }
  // Array.sort is stable: equal priorities keep the order of the spec.
  return compiled.sort((a, b) => b.priority - a.priority);
}

/** What the CRD's rules refuse too; the CRD in the cluster may be an older one. */
function actionProblem(template: ActionTemplate): { readonly field: string; readonly message: string } | undefined {
  const own = actionBlocks[template.type];
  for (const { block } of Object.values(actionBlocks)) {
    if (block !== own.block && template[block] !== undefined)
      return { field: block, message: `is forbidden when type is ${template.type}` };
  }
  if (own.omitted !== 'defaulted' && template[own.block] === undefined) {
    return { field: own.block, message: `is required when type is ${template.type}` };
  }
  return undefined;
}

/** For templates from a policy or a HealingAction that the schema has defaulted. */
export function compileAction(template: ActionTemplate): Action {
  return {
    name: template.name,
    type: template.type,
    priority: template.priority,
    requiresApproval: template.requiresApproval,
    triggers: template.triggers ?? [],
    kinds: template.kinds ?? [],
    template: withBlock(template),
  };
}

function withBlock(template: ActionTemplate): ActionTemplate {
  const { block, omitted } = actionBlocks[template.type];
  if (omitted !== 'defaulted' || template[block] !== undefined) return template;
  return actionTemplateWithDefaults({ ...template, [block]: {} });
}

/** The block's own defaults, by the schema: `{type: delete}` becomes a deletion with its grace period written out. */
const actionTemplateWithDefaults = (template: unknown): ActionTemplate => actionTemplateSchema.parse(template);
