/**
 * `uncordon`: a cordon of this operator is taken back. One that somebody else has made, or has made anew, is theirs to
 * take back: the server says of each field by whom it was set last.
 */
import { COMPONENT } from '../../api/names.ts';
import { uncordonActionSchema } from '../../api/action-template.ts';
import { milliseconds } from '../../api/compile-trigger.ts';
import { managersOf } from '../action/managed-fields.ts';
import { describeObject } from '../observation.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  isMarked,
  type Outcome,
  type PlanInput,
  refused,
  sameTarget,
} from './action-kind.ts';
import { CORDONING, isCordoned, NODE_RULE } from './cordon.ts';
import { mergeInverse, mergePatch, oneRequest, refOf } from './requests.ts';

const FIELD = ['spec', 'unschedulable'] as const;
const POINTER = '/spec/unschedulable';

export const uncordon: BuiltInKind = {
  kinds: ['Node'],
  // That pods come to the node again is all that is asked for.
  proof: 'effect',
  timeout: ({ uncordonAction }) => uncordonAction?.timeout,
  wayBack: 'yes: the node is cordoned again',
  rbac: [NODE_RULE],
  reach: () => [CORDONING],
  plan: (input) => {
    const { target, startedAt, now, template } = input;
    const what = describeObject(target);
    if (!isCordoned(target)) return refused('NothingToDo', `${what} is not cordoned`);
    const { timeout } = uncordonActionSchema.parse(template.uncordonAction ?? {});
    if (now - startedAt >= milliseconds(timeout))
      return refused('TimedOut', `${what} was not uncordoned within ${timeout}`);
    const others = managersOf(target, FIELD).filter((manager) => manager !== COMPONENT);
    if (others.length === 0 && managersOf(target, FIELD).length > 0) return uncordonRequest(input);
    const by = others.length === 0 ? 'the server does not say by whom' : `that was done by ${others.join(', ')}`;
    return refused(
      'NotOurCordon',
      `${what} is cordoned, and ${by}: this operator takes back its own cordons alone. When the node is well: kubectl uncordon ${target.metadata.name}`,
    );
  },
  classify: (seen): Outcome => {
    const target = sameTarget(seen);
    if (target === undefined) return 'superseded';
    if (isCordoned(target)) return isMarked(target.metadata, seen.marker) ? 'superseded' : 'not done';
    return isMarked(target.metadata, seen.marker) ? 'done' : 'superseded';
  },
};

function uncordonRequest({ target, path, marker }: PlanInput): BuiltInPlan {
  const what = describeObject(target);
  const request = mergePatch(target, {
    path,
    description: `uncordon ${what}: pods come to it again`,
    fields: { spec: { unschedulable: null } },
    marker,
    inverse: mergeInverse({
      path,
      description: `cordon ${what} again`,
      fields: { spec: { unschedulable: true } },
      changed: [{ pointer: POINTER, before: true, after: undefined }],
    }),
  });
  const change = { field: 'spec.unschedulable', oldValue: 'true', newValue: 'false' };
  return oneRequest(request, {
    changes: [{ resourceRef: refOf(target), changeType: 'patch', ...change }],
    fields: [FIELD],
  });
}
