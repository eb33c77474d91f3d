/** Finds in a test what no run could ever decide: names that nothing has, and words that nothing says. Pure. */
import { HEALING_POLICY } from '../../api/names.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { parsePolicy } from '../../api/parse-policy.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { REASONS } from '../../core/reasons/index.ts';
import { expressionIssue } from '../../core/triggers/expression.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { CompiledExpectation, CompiledStep } from './compiled-test.ts';

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;

interface Checked {
  readonly objects: readonly KubeObject[];
  readonly steps: readonly CompiledStep[];
  readonly expectations: readonly CompiledExpectation[];
  readonly settings: OperatorSettings;
}

const BLOCKED: ReadonlySet<string> = new Set(
  [REASONS.gates, REASONS.targets].flatMap(({ reasons }) => Object.keys(reasons)),
);
const KNOWN: ReadonlySet<string> = new Set(Object.values(REASONS).flatMap(({ reasons }) => Object.keys(reasons)));

export function checkTest({ objects, steps, expectations, settings }: Checked, report: Report): void {
  const made = steps.flatMap(({ spec }) => (spec.apply === undefined ? [] : [spec.apply as KubeObject]));
  const written = [...objects, ...made].filter(({ kind }) => kind === HEALING_POLICY.kind);
  const scene = { policies: written.map(parsed), endpoints: endpointsOf(settings) };
  for (const [index, { spec }] of steps.entries()) {
    const at: Path = ['steps', index];
    const decided = spec.approve ?? spec.reject;
    if (decided !== undefined) policyIn(scene, decided.policy, (message) => report([...at, 'policy'], message));
    if (spec.answer !== undefined)
      endpointIn(scene, spec.answer.endpoint, (message) => report([...at, 'answer', 'endpoint'], message));
  }
  for (const [index, one] of expectations.entries())
    checkExpectation(one, scene, (path, message) => report(['expect', index, ...path], message));
}

interface Scene {
  readonly policies: readonly { readonly name: string; readonly policy: HealingPolicy | undefined }[];
  readonly endpoints: readonly string[];
}

const parsed = (object: KubeObject): Scene['policies'][number] => ({
  name: object.metadata.name,
  policy: parsePolicy(object).policy,
});

const endpointsOf = ({ endpoints, channels }: OperatorSettings): readonly string[] =>
  [...endpoints, ...channels].map(({ name }) => name);

function policyIn({ policies }: Scene, name: string, report: (message: string) => void): HealingPolicy | undefined {
  const found = policies.find((policy) => policy.name === name);
  if (found === undefined)
    report(
      `there is no policy ${name}; ${policies.length === 0 ? 'the test has none' : `there are ${policies.map((one) => one.name).join(', ')}`}`,
    );
  return found?.policy;
}

function endpointIn({ endpoints }: Scene, name: string, report: (message: string) => void): void {
  if (endpoints.includes(name)) return;
  report(
    `${name} is no endpoint or channel of the configuration${endpoints.length === 0 ? ', which has none' : `, which has ${endpoints.join(', ')}`}`,
  );
}

function checkExpectation({ spec, when }: CompiledExpectation, scene: Scene, report: Report): void {
  const { action, object, firing, refused, ready, call } = spec;
  for (const [key, one] of Object.entries({ action, object, call }))
    if (when === 'neverBefore' && one?.count === 0)
      report([key, 'count'], 'must be 1 or more with neverBefore: at the start there is none');
  if (action !== undefined) checkAction(action, scene, report);
  const named = firing ?? refused ?? ready;
  if (named !== undefined) {
    const key = firing === undefined ? (refused === undefined ? 'ready' : 'refused') : 'firing';
    const policy = policyIn(scene, named.policy, (message) => report([key, 'policy'], message));
    const triggers = policy?.triggers.map(({ name }) => name);
    if (firing?.trigger !== undefined && triggers?.includes(firing.trigger) === false)
      report(
        [key, 'trigger'],
        `${named.policy} has no trigger ${firing.trigger} that can work; it has ${triggers.join(', ')}`,
      );
    const target = firing?.target ?? refused?.target;
    if (target !== undefined)
      selected(policy === undefined ? [] : [policy], target, (message) => report([key, 'target'], message));
  }
  if (refused?.reason !== undefined && !BLOCKED.has(refused.reason))
    report(
      ['refused', 'reason'],
      `${refused.reason} is no reason of status.blocked; docs/reference/reasons.md lists them`,
    );
  if (call !== undefined) endpointIn(scene, call.endpoint, (message) => report(['call', 'endpoint'], message));
  if (object?.that !== undefined) {
    const issue = expressionIssue(object.that);
    if (issue !== undefined) report(['object', 'that'], issue);
  }
}

function checkAction(action: NonNullable<CompiledExpectation['spec']['action']>, scene: Scene, report: Report): void {
  const about =
    action.policy === undefined
      ? scene.policies.map(({ policy }) => policy)
      : [policyIn(scene, action.policy, (message) => report(['action', 'policy'], message))];
  const policies = about.filter((policy) => policy !== undefined);
  // A policy that cannot be used has no actions, and none of it can be expected but none at all.
  if (action.type !== undefined && action.count !== 0 && about.length === policies.length) {
    const types = policies.flatMap(({ actions }) => actions.map(({ type }) => type));
    if (!types.includes(action.type))
      report(['action', 'type'], `no policy takes ${action.type}; they take ${[...new Set(types)].join(', ')}`);
  }
  if (action.target !== undefined && about.length === policies.length)
    selected(policies, action.target, (message) => report(['action', 'target'], message));
  if (action.reason !== undefined && !KNOWN.has(action.reason))
    report(['action', 'reason'], `${action.reason} is no reason that is known; docs/reference/reasons.md lists them`);
}

function selected(policies: readonly HealingPolicy[], target: string, report: (message: string) => void): void {
  const kinds = [...new Set(policies.flatMap(({ selector }) => selector.resources.map(({ kind }) => kind)))];
  const [kind = ''] = target.split('/');
  if (kinds.length > 0 && !kinds.includes(kind)) report(`no policy selects ${kind}; they select ${kinds.join(', ')}`);
}
