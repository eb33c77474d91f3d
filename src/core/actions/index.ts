/**
 * The action types. A new one is its schema block, one file here, and its line in this record; leaving it out does not
 * compile.
 */
import type { ActionTemplate, ActionType } from '../../api/action-template.ts';
import type { PolicyRule } from '../../api/rbac.ts';
import { type Result, whyNot } from '../../std/result.ts';
import type { Reach } from '../authority/reach.ts';
import type { ActionKind, BuiltInKind, ReachOf } from './action-kind.ts';
import { cordon } from './cordon.ts';
import { deletion } from './delete.ts';
import { drain } from './drain.ts';
import { job } from './job.ts';
import { notify } from './notify.ts';
import { patch } from './patch.ts';
import { guarded, type Plugin } from './plugin.ts';
import { resize } from './resize.ts';
import { restart } from './restart.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { uncordon } from './uncordon.ts';
import { webhook } from './webhook.ts';

const builtIn: Readonly<Record<ActionType, BuiltInKind | 'by plugins'>> = {
  restart,
  scale,
  patch,
  delete: deletion,
  custom: 'by plugins',
  rollback,
  resize,
  cordon,
  drain,
  uncordon,
  job,
  webhook,
  notify,
};

type Traits = Partial<
  Pick<ActionKind, 'proof' | 'takesNode' | 'takesPods' | 'tellsPeople' | 'endsRollouts' | 'timeout'>
>;

/** What is special about a type, for code that does not plan it. A type of plugins has nothing special. */
export function traitsOf(type: ActionType): Traits {
  const kind = builtIn[type];
  return kind === 'by plugins' ? {} : kind;
}

/** The action types that this operator has switched on. */
export interface ActionRegistry {
  /** The kind of action, or why there is none. */
  readonly find: (template: ActionTemplate) => Result<ActionKind>;
  /** How far the requests of an action reach, also where its type was switched off since. None: nothing is sent. */
  readonly reachOf: (of: ReachOf) => readonly Reach[];
  /** What the enabled types ask of the cluster's RBAC: the ClusterRole is generated from it. */
  readonly rules: readonly PolicyRule[];
}

export interface RegistryConfig {
  /** Types that are switched off; they take their permissions with them. */
  readonly disabled: readonly ActionType[];
  readonly plugins?: readonly Plugin[];
}

export function actionRegistry({ disabled, plugins = [] }: RegistryConfig = { disabled: [] }): ActionRegistry {
  const executors = new Map(
    plugins.flatMap(({ name, executors: own }) =>
      Object.entries(own).map(([id, executor]) => [id, guarded(name, id, executor)] as const),
    ),
  );
  return {
    find: ({ type, customAction }) => {
      if (disabled.includes(type))
        return whyNot(`actions of type ${type} are switched off in the operator's configuration`);
      const kind = builtIn[type];
      if (kind !== 'by plugins') return { value: kind };
      const executor = executors.get(customAction?.executor ?? '');
      return executor === undefined ? whyNot(noExecutor(customAction, [...executors.keys()])) : { value: executor };
    },
    reachOf: (of) => {
      const kind = builtIn[of.template.type];
      const known = kind === 'by plugins' ? executors.get(of.template.customAction?.executor ?? '') : kind;
      return known?.reach(of) ?? [];
    },
    rules: Object.entries(builtIn).flatMap(([type, kind]) => {
      if (disabled.some((off) => off === type)) return [];
      return kind === 'by plugins' ? [...executors.values()].flatMap(({ rbac }) => rbac) : kind.rbac;
    }),
  };
}

function noExecutor(action: ActionTemplate['customAction'], known: readonly string[]): string {
  if (action === undefined) return 'its executors come from plugins, and customAction names one of them';
  return `no plugin has an executor ${action.executor}; ${known.length === 0 ? 'no plugin is loaded' : `there are ${known.join(', ')}`}`;
}
