/**
 * The file of a policy test: what lies in the cluster, what happens to it and when, and what must or must not be seen
 * by when. The reference page `docs/reference/policy-tests.md` is made of this schema.
 */
import * as z from 'zod';
import { actionTypes } from '../../api/action-template.ts';
import { phases } from '../../api/action-status.ts';
import { duration, field, int32, objectName } from '../../api/fields.ts';

/** A file is for one policy or a few, and is read by people. */
const MAX_TESTS = 64;
const MAX_STEPS = 128;
const MAX_EXPECTATIONS = 128;
const MAX_FILES = 64;
const MAX_SERIES = 256;

const path = z.string().min(1).max(4096);
const word = z.string().min(1).max(253);
const kind = field(word, 'Its kind: `Deployment`.');
const namespace = field(word, 'Its namespace; `default` when it is left out. Kinds of the cluster have none.');
const target = field(z.string().regex(/^[A-Z][A-Za-z0-9]*\/[^/\s]+$/), 'The object of it, as `Deployment/web`.');
const policyName = field(word, 'Name of the policy, in `metadata.name`.');

/** An object of Kubernetes, as in a manifest. The server of the test judges what else stands in it. */
export const manifestSchema = z.looseObject({
  apiVersion: field(word, 'As in every manifest.'),
  kind,
  metadata: z.looseObject({ name: objectName('Its name.'), namespace: namespace.exactOptional() }),
});

const reference = {
  apiVersion: field(word, 'Group and version: `apps/v1`, `v1`.'),
  kind,
  name: objectName('Its name.'),
  namespace: namespace.exactOptional(),
};

const clusterSchema = z.strictObject({
  nodes: field(int32(0, 50), 'How many nodes it has, `node-1` and so on, of 8 CPUs and 32 GiB each.').default(3),
  controllers: field(
    z.enum(['on', 'off']),
    '`off`: no controller, scheduler or kubelet runs, so that a status stays as the test writes it.',
  ).default('on'),
});

const seriesSchema = z.strictObject({
  series: field(z.string().min(1).max(4096), 'Name and labels: `http_errors{namespace="shop",deployment="web"}`.'),
  values: field(
    z.string().min(1).max(65_536),
    'A value for each interval, from the start on, as in tests of promtool: `0+10x20`, `1x5`, `_x3` for no sample, `stale`.',
  ),
});

export const stepSchema = z.strictObject({
  at: duration('When, counted from the start.'),
  apply: field(
    manifestSchema,
    'An object is made, or becomes what stands here; its status too, where one is given.',
  ).exactOptional(),
  patch: field(
    z.strictObject({
      ...reference,
      merge: field(z.record(z.string(), z.unknown()), 'What changes, as in `kubectl patch --type merge`.'),
      subresource: field(
        z.enum(['status', 'scale']),
        'Of the object; the object itself when it is left out.',
      ).exactOptional(),
    }),
    'Fields of an object change.',
  ).exactOptional(),
  delete: field(z.strictObject(reference), 'An object is deleted, as by `kubectl delete`.').exactOptional(),
  approve: field(
    z.strictObject({ policy: policyName }),
    'A person approves every action of the policy that waits for it.',
  ).exactOptional(),
  reject: field(
    z.strictObject({ policy: policyName }),
    'A person rejects every action of the policy that waits for approval.',
  ).exactOptional(),
  answer: field(
    z.strictObject({
      endpoint: field(word, 'Name of an endpoint or channel of the configuration.'),
      status: field(int32(100, 599), 'The status code of its answers from now on; 200 before.'),
    }),
    'An endpoint or a channel answers otherwise.',
  ).exactOptional(),
  operator: field(
    z.enum(['killed']),
    '`killed`: its process ends as by SIGKILL, and another one starts at once.',
  ).exactOptional(),
});
export type Step = z.output<typeof stepSchema>;
export const STEP_KINDS = ['apply', 'patch', 'delete', 'approve', 'reject', 'answer', 'operator'] as const;

const count = field(int32(0, 10_000), 'How many there must be, to the letter. Left out: at least one.');

export const expectationSchema = z.strictObject({
  by: duration('It must be so at some moment from the start up to this one.').exactOptional(),
  at: duration('It must be so at this moment.').exactOptional(),
  neverBefore: duration('It must not be so at any moment before this one.').exactOptional(),
  action: field(
    z.strictObject({
      policy: policyName.exactOptional(),
      type: field(z.enum(actionTypes), 'Type of the action.').exactOptional(),
      target: target.exactOptional(),
      phase: field(z.enum(phases), 'Where it stands.').exactOptional(),
      reason: field(word, 'The reason of its status, such as `Verified`.').exactOptional(),
      count: count.exactOptional(),
    }),
    'HealingActions of which all that stands here is true.',
  ).exactOptional(),
  object: field(
    z.strictObject({
      kind,
      name: field(word, 'Its name, or a glob: `web-*`.').exactOptional(),
      namespace: namespace.exactOptional(),
      that: field(
        z.string().min(1).max(4096),
        'A CEL expression about `object` that must be true: `object.spec.replicas == 2`.',
      ).exactOptional(),
      count: count.exactOptional(),
    }),
    'Objects of the cluster of which all that stands here is true.',
  ).exactOptional(),
  firing: field(
    z.strictObject({ policy: policyName, trigger: word.exactOptional(), target: target.exactOptional() }),
    'A trigger of the policy fires.',
  ).exactOptional(),
  refused: field(
    z.strictObject({ policy: policyName, target: target.exactOptional(), reason: word.exactOptional() }),
    'The policy would act and does not, for this reason of `status.blocked`.',
  ).exactOptional(),
  ready: field(
    z.strictObject({
      policy: policyName,
      status: field(z.enum(['True', 'False']), 'Of its condition `Ready`.').default('True'),
      reason: word.exactOptional(),
    }),
    'Whether the policy is ready.',
  ).exactOptional(),
  call: field(
    z.strictObject({
      endpoint: field(word, 'Name of an endpoint or channel of the configuration.'),
      contains: field(z.string().min(1).max(4096), 'Text that its body holds.').exactOptional(),
      count: count.exactOptional(),
    }),
    'Calls that an endpoint or a channel was sent.',
  ).exactOptional(),
});
export type Expectation = z.output<typeof expectationSchema>;
export const EXPECTATION_KINDS = ['action', 'object', 'firing', 'refused', 'ready', 'call'] as const;
export const TIMES = ['by', 'at', 'neverBefore'] as const;

const shared = {
  cluster: field(clusterSchema, 'The cluster that the test runs on.').exactOptional(),
  configuration: field(
    z.record(z.string(), z.unknown()),
    "The operator's configuration, as in its file: docs/reference/configuration.md.",
  ).exactOptional(),
};

export const testSchema = z.strictObject({
  name: field(z.string().min(1).max(256), 'A sentence that says what is tested.'),
  ...shared,
  objects: field(
    z.array(manifestSchema).max(MAX_STEPS),
    'Objects that are there from the start, beside those of `files`.',
  ).default([]),
  interval: duration('Time between two values of a series.').default('15s'),
  series: field(
    z.array(seriesSchema).max(MAX_SERIES),
    'What a Prometheus would answer. With any, triggers that name no source ask this one.',
  ).default([]),
  steps: field(z.array(stepSchema).max(MAX_STEPS), 'What happens to the cluster, and when.').default([]),
  expect: field(
    z.array(expectationSchema).min(1).max(MAX_EXPECTATIONS),
    'What must be seen. An action that no `action` here describes fails the test.',
  ),
  otherActions: field(
    z.enum(['refused', 'allowed']),
    '`allowed`: actions that no expectation describes do not matter.',
  ).default('refused'),
});

export const testFileSchema = z.strictObject({
  files: field(
    z.array(path).max(MAX_FILES),
    'Manifests that are applied at the start of each test, policies among them; paths start at this file.',
  ).default([]),
  plugins: field(z.array(path).max(16), 'Plugins for actions of type `custom`; paths start at this file.').default([]),
  ...shared,
  tests: field(z.array(testSchema).min(1).max(MAX_TESTS), 'The tests.'),
});
