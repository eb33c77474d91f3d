/** `status` of a HealingAction: claim, plan, outcome. */
import * as z from 'zod';
import {
  conditions,
  duration,
  field,
  generation,
  int32,
  MAX_MESSAGE,
  message,
  reason,
  statusSeal,
  timestamp,
} from './fields.ts';

export const phases = ['Pending', 'Approved', 'InProgress', 'Succeeded', 'Failed', 'Cancelled'] as const;
export type Phase = (typeof phases)[number];
/** Terminal phases absorb. */
export const terminalPhases: readonly Phase[] = ['Succeeded', 'Failed', 'Cancelled'];
export const isTerminal = (phase: Phase | undefined): boolean => phase !== undefined && terminalPhases.includes(phase);

/** A patch of 16 KB (action-template.ts), quoted into JSON, stays below this. */
export const MAX_BODY = 65_536;

const requestFields = {
  method: field(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), 'HTTP method.'),
  path: field(z.string().max(2048), 'Path with its query. Empty for an endpoint.'),
  endpoint: field(
    z.string().max(63),
    "Name of an endpoint or channel of the operator's configuration that it goes to. Absent: the API server.",
  ).exactOptional(),
  contentType: field(z.string().max(128), 'Media type of the body.').exactOptional(),
  body: field(
    z.string().max(MAX_BODY),
    'The body as it is sent, absolute values only. Of a plan, values of environment variables are left out.',
  ).exactOptional(),
} as const;

const preconditionSchema = z.object({
  uid: field(z.string().max(128), 'UID the object must have.').exactOptional(),
  resourceVersion: field(z.string().max(128), 'resourceVersion the object must have.').exactOptional(),
  fields: field(
    z.record(z.string(), z.string().max(MAX_MESSAGE)),
    'Guarded fields (JSON pointer) and the JSON they must hold.',
    {
      maxProperties: 16,
    },
  ).exactOptional(),
});

/** JSON pointers into the object at a path, and the JSON there; a long value is kept as its hash. `null`: absent. */
const fieldValues = (description: string) =>
  field(z.record(z.string(), z.string().max(MAX_MESSAGE)), description, { maxProperties: 64 });

export const inverseSchema = z.object({
  ...requestFields,
  description: message('What it does, for people.'),
  guard: fieldValues('What the change set: undone only while the object at the path still has it.'),
  restores: fieldValues('What was there before.'),
});
export type Inverse = z.output<typeof inverseSchema>;

export const plannedRequestSchema = z.object({
  ...requestFields,
  description: message('What it does, for people.'),
  bodyHash: field(
    z.string().max(128),
    'Hash of the body as it is sent, where `body` leaves values out: an approval holds for these values alone.',
  ).exactOptional(),
  precondition: field(
    preconditionSchema,
    'What must still hold when it is sent; part of the request wherever the API can carry it.',
  ).exactOptional(),
  inverse: field(inverseSchema, 'What takes it back, when anything does.').exactOptional(),
});
export type PlannedRequest = z.output<typeof plannedRequestSchema>;

/** A stage every five seconds for an hour and a half. */
export const MAX_STAGES = 1000;
/** 16 requests a stage: a drain of 110 pods, a node's default limit, takes seven stages. */
export const MAX_REQUESTS = 16;
/** 64 lines tell a person what was done; the audit trail has every pod that a long drain evicted. */
export const MAX_CHANGES = 64;

export const planSchema = z.object({
  attempt: field(int32(1, 100), 'The attempt it belongs to.'),
  stage: field(
    int32(1, MAX_STAGES),
    'Which stage of the attempt, counted from 1. Most actions have one.',
  ).exactOptional(),
  continues: field(
    z.boolean(),
    'Whether another stage follows; it is planned when this one has been seen to be done.',
  ).exactOptional(),
  plannedAt: timestamp('When it was made.'),
  summary: message('What it amounts to.').exactOptional(),
  requests: field(z.array(plannedRequestSchema).max(MAX_REQUESTS), 'The requests, in order.', {
    'x-kubernetes-list-type': 'atomic',
  }),
  changes: field(int32(0, MAX_CHANGES), 'How many of `result.changes`, from the end, are its own.').exactOptional(),
});
export type Plan = z.output<typeof planSchema>;

export const resourceChangeSchema = z.object({
  resourceRef: field(z.string().max(512), 'Kind/namespace/name.'),
  changeType: field(z.enum(['create', 'update', 'delete', 'patch', 'scale']), 'What kind of change.'),
  field: field(z.string().max(512), 'The field that changed.'),
  oldValue: field(z.string().max(MAX_MESSAGE), 'Before.').exactOptional(),
  newValue: field(z.string().max(MAX_MESSAGE), 'After.').exactOptional(),
  timestamp: timestamp('When.').exactOptional(),
});
export type ResourceChange = z.output<typeof resourceChangeSchema>;

export const approvalSchema = field(
  z.object({
    required: field(z.boolean(), 'Whether approval is needed.'),
    approved: field(z.boolean(), 'Granted. False with a `reason` rejects.').default(false),
    approvedBy: field(z.string().max(253), 'The person who decided.').exactOptional(),
    author: field(
      z.enum(['Proven', 'Claimed']),
      '`Proven`: the admission policy had checked that `approvedBy` is the person who decided, and may approve. `Claimed`: nothing checked it.',
    ).exactOptional(),
    approvedAt: timestamp('When it was decided.').exactOptional(),
    reason: message('Why.').exactOptional(),
    specHash: field(
      z.string().max(128),
      'Hash of the action and its spec; an approval has to name it.',
    ).exactOptional(),
    planHash: field(
      z.string().max(128),
      'Hash of `plan` without what differs each time it is made; an approval has to name it. Another plan needs another approval.',
    ).exactOptional(),
    requestedAt: timestamp('Since when it waits.').exactOptional(),
    expiresAt: timestamp('After this it is cancelled.').exactOptional(),
  }),
  "The operator's record of the approval. A person approves with a HealingApproval.",
  {
    'x-kubernetes-validations': [
      {
        rule: "!self.approved || (has(self.approvedBy) && self.approvedBy != '')",
        message: 'approvedBy is required when approved is true',
      },
    ],
  },
);
export type Approval = z.output<typeof approvalSchema>;

export const verificationSchema = z.object({
  state: field(z.enum(['Waiting', 'Stabilising', 'Healthy', 'Unhealthy', 'TimedOut']), 'Where verification stands.'),
  startedAt: timestamp('When the effect was done and watching began.'),
  healthySince: timestamp('Since when the target is healthy without a break.').exactOptional(),
  deadline: timestamp('After this it has failed.').exactOptional(),
  checkedAt: timestamp('When it was last looked at.').exactOptional(),
  message: message('What was seen.').exactOptional(),
});
export type Verification = z.output<typeof verificationSchema>;

export const undoSchema = z.object({
  state: field(z.enum(['NotNeeded', 'NotPossible', 'InProgress', 'Done', 'Failed']), 'Where undoing stands.'),
  at: timestamp('When it was decided or done.').exactOptional(),
  reason: reason('Why the action failed, which is how it ends when undoing is over.').exactOptional(),
  message: message('Why, or what came of it.').exactOptional(),
  requests: field(
    z.array(plannedRequestSchema).max(MAX_REQUESTS),
    'The requests that undo, committed before the first of them leaves.',
    {
      'x-kubernetes-list-type': 'atomic',
    },
  ).exactOptional(),
  triedAt: timestamp('When the last of them was committed.').exactOptional(),
});
export type Undo = z.output<typeof undoSchema>;

/** Two say the cause and show it twice; a person who wants more asks `kubeskippy diagnose`. */
export const MAX_ANALYSIS_EVIDENCE = 6;
const MAX_NAMES = 16;
const names = (description: string) =>
  field(z.array(z.string().max(128)).max(MAX_NAMES), description, { 'x-kubernetes-list-type': 'atomic' });
const modelSaysSchema = z.object({
  stance: field(
    z.enum(['holdBack', 'noObjection', 'none']),
    '`holdBack`: it sees no action of the policy that helps. `none`: it gave no answer that counts.',
  ),
  cause: reason('The cause that it names: one of the rules, or `Other`.').exactOptional(),
  summary: message('Why, in its words; text only.').exactOptional(),
  suggestion: message('What it would do, in its words; text only.').exactOptional(),
  confidence: field(z.enum(['low', 'medium', 'high']), 'How sure it is.').exactOptional(),
  failure: reason('Why its answer does not count.').exactOptional(),
});

export const analysisResultSchema = z.object({
  cause: reason('Why the target is unwell: a cause of the reference. Absent: no rule can tell.').exactOptional(),
  object: field(z.string().max(512), 'What has to be put right, as kind and namespace/name.').exactOptional(),
  message: message('The cause, in a sentence with names.').exactOptional(),
  todo: message('The next step of a person.').exactOptional(),
  confidence: field(
    z.enum(['certain', 'likely', 'contested']),
    '`likely`: by elimination, or by the words of a program. `contested`: something speaks against it.',
  ).exactOptional(),
  since: timestamp('When it began, where that is known.').exactOptional(),
  evidence: field(
    z
      .array(
        z.object({
          source: field(z.string().max(512), 'The object that says it, as kind and namespace/name.'),
          trust: field(
            z.enum(['api', 'metric', 'workload-text']),
            '`workload-text`: the words of a program, which its author or its callers choose.',
          ),
          text: message('What it says.'),
          time: timestamp('When.').exactOptional(),
        }),
      )
      .max(MAX_ANALYSIS_EVIDENCE),
    'What shows it.',
    { 'x-kubernetes-list-type': 'atomic' },
  ).exactOptional(),
  helps: names('Types of actions that remove the cause, or move the load away from it.').exactOptional(),
  pointless: names('Types of actions that change nothing about it.').exactOptional(),
  harmful: names('Types of actions that make it worse.').exactOptional(),
  others: names('Causes that were found beside it.').exactOptional(),
  unseen: names('Kinds that could not be read, so that nothing was concluded from them.').exactOptional(),
  model: field(modelSaysSchema, 'What a model said; rules come first.').exactOptional(),
  digest: field(z.string().max(128), 'Hash of the evidence: equal for equal evidence.'),
  at: timestamp('When it was looked.'),
});
export type AnalysisResult = z.output<typeof analysisResultSchema>;

export const actionStatusSchema = z.object({
  phase: field(z.enum(phases), 'Where it stands.', {
    'x-kubernetes-validations': [
      {
        rule: "!(oldSelf in ['Succeeded', 'Failed', 'Cancelled']) || self == oldSelf",
        message: 'a finished action stays as it ended',
      },
    ],
  }).exactOptional(),
  reason: reason('CamelCase reason of the present phase.').exactOptional(),
  message: message('A sentence about the present phase.').exactOptional(),
  startTime: timestamp('When execution began.').exactOptional(),
  completionTime: timestamp('When it ended.').exactOptional(),
  attempts: field(int32(0, 100), 'Attempts claimed so far, crashed ones included.').exactOptional(),
  lastAttemptTime: timestamp('When the last attempt was claimed.').exactOptional(),
  nextAttemptTime: timestamp('Not before this.').exactOptional(),
  plan: field(
    planSchema,
    'The exact requests of the last attempt, committed before the first of them leaves; while the action waits for approval, those that it asks for.',
  ).exactOptional(),
  stageTime: timestamp('When the requests of a stage were answered that another one follows.').exactOptional(),
  effectTime: timestamp('When the last request of the plan was answered.').exactOptional(),
  inverses: field(
    z.array(inverseSchema).max(MAX_REQUESTS),
    'What takes back what was done so far, newest change first.',
    {
      'x-kubernetes-list-type': 'atomic',
    },
  ).exactOptional(),
  targetUid: field(
    z.string().max(128),
    'UID of the target of an action made by hand that does not name it: of the object that had its name when the operator first looked.',
  ).exactOptional(),
  rootUid: field(
    z.string().max(128),
    'UID of the outermost controller of the target: what is disrupted once at a time. Of actions made by hand; the others have a label.',
  ).exactOptional(),
  delivered: field(
    z.array(z.string().max(63)).max(MAX_REQUESTS),
    'Endpoints and channels that took their call in an attempt of which another part was refused; the next attempt leaves them out.',
    { 'x-kubernetes-list-type': 'atomic' },
  ).exactOptional(),
  baseline: field(
    z.object({
      wanted: field(int32(0), 'Pods (or nodes) that should be ready.'),
      ready: field(int32(0), 'Those that were, and did not merely start again between two crashes.'),
      recursWithin: duration(
        'Within which time the illness had come back. Success has to last longer.',
      ).exactOptional(),
    }),
    'How the workload was before the first request; worse than this afterwards is harm.',
  ).exactOptional(),
  verification: field(verificationSchema, 'Whether it helped.').exactOptional(),
  undo: field(undoSchema, 'Whether it was taken back.').exactOptional(),
  analysis: field(
    analysisResultSchema,
    'Why the target is unwell, by rules, and what a model said of it.',
  ).exactOptional(),
  approval: approvalSchema.exactOptional(),
  result: field(
    z.object({
      success: field(z.boolean(), 'Whether it helped.'),
      message: message('How it ended.').exactOptional(),
      error: message('What went wrong.').exactOptional(),
      metrics: field(z.record(z.string(), z.string().max(256)), 'Figures of the execution.', {
        maxProperties: 32,
      }).exactOptional(),
      changes: field(z.array(resourceChangeSchema).max(MAX_CHANGES), 'What was changed.', {
        'x-kubernetes-list-type': 'atomic',
      }).exactOptional(),
      answers: field(
        z.array(message('Status and gist.')).max(MAX_REQUESTS),
        'What the server answered to the requests of a dry run, or why it refused requests of the last stage.',
        {
          'x-kubernetes-list-type': 'atomic',
        },
      ).exactOptional(),
    }),
    'How it ended.',
  ).exactOptional(),
  conditions: conditions(),
  observedGeneration: generation('The generation this status speaks of.').exactOptional(),
  seal: statusSeal(),
});
export type ActionStatus = z.output<typeof actionStatusSchema>;
