/**
 * What `kubeskippy/plugin` exports: the types that a plugin is written against. Types alone; at run time a plugin
 * imports nothing of the operator.
 */
export type { Inverse, PlannedRequest, ResourceChange } from '../../api/action-status.ts';
export type { PolicyRule } from '../../api/rbac.ts';
export type { KubeObject } from '../../shapes/kube.ts';
import type { PlanResult as AnyPlanResult } from './action-kind.ts';

export type { Answer, Need, NeedInput, Outcome, PlanInput, Seen } from './action-kind.ts';
export type { Executor, ParameterSpec, Plugin } from './plugin.ts';
/** A plugin refuses with a CamelCase reason of its own. */
export type PlanResult = AnyPlanResult<string>;
