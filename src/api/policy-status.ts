/**
 * `status` of a HealingPolicy. Episodes live here (law 4): what the operator knows of a target survives its restart.
 */
import * as z from 'zod';
import { MAX_TRIGGERS } from './action-template.ts';
import {
  conditions,
  field,
  generation,
  int32,
  message,
  objectName,
  reason,
  statusSeal,
  targetResourceSchema,
  timestamp,
} from './fields.ts';

/** Shown per trigger; the rest is a count. */
export const MAX_FIRING_TARGETS = 50;
/**
 * Episodes kept per policy. One is about 700 bytes with two triggers, so 256 stay below 200 KB of etcd's 1.5 MB. For a
 * target that has no room here nothing is done until its turn comes.
 */
export const MAX_EPISODES = 256;
/** As many refusals as firing targets are shown. */
export const MAX_BLOCKED = 50;

/**
 * Values are strings: NaN and infinities have no JSON number, and structural schemas advise against floats in status.
 */
const observedValue = field(z.string().max(64), 'The value seen, for metric and event triggers.').exactOptional();

export const firingTargetSchema = z.object({
  target: field(targetResourceSchema, 'The object.'),
  since: timestamp('Since when the trigger fires for it.'),
  value: observedValue,
});

export const triggerStatusSchema = z.object({
  name: objectName("The trigger's name."),
  state: field(
    z.enum(['Inactive', 'Pending', 'Firing', 'Unknown', 'Invalid']),
    'The strongest state over all targets. `Unknown`: data is missing. `Invalid`: the trigger cannot work as written.',
  ),
  firing: field(
    z.array(firingTargetSchema).max(MAX_FIRING_TARGETS),
    `Firing targets, the first ${MAX_FIRING_TARGETS}.`,
    {
      'x-kubernetes-list-type': 'atomic',
    },
  ).exactOptional(),
  firingOmitted: field(int32(0), 'How many more targets fire than are listed.').exactOptional(),
  lastError: message('Why the trigger could not be evaluated.').exactOptional(),
});

export const episodeTriggerSchema = z.object({
  name: objectName("The trigger's name."),
  state: field(z.enum(['Pending', 'Firing', 'Resolved']), 'Where it stands for this target.'),
  pendingSince: timestamp('Since when it holds.'),
  firingSince: timestamp('Since when it has held for its duration.').exactOptional(),
  lastSeen: timestamp('When it was last observed; a longer gap resets `Pending`.').exactOptional(),
  resolvedAt: timestamp('Since when it holds no more.').exactOptional(),
  value: observedValue,
});

export const episodeSchema = z.object({
  target: field(targetResourceSchema, 'The object, with its UID.'),
  startedAt: timestamp('Start of the episode; part of the names of its actions.'),
  state: field(
    z.enum(['Pending', 'Firing', 'Resolved', 'Exhausted']),
    '`Pending`: nothing has held long enough. `Exhausted`: the ladder has no step left.',
  ),
  step: field(int32(0, 1024), 'Steps of the ladder that were taken.'),
  triggers: field(z.array(episodeTriggerSchema).max(MAX_TRIGGERS), 'The triggers that are part of it.', {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  }),
  lastAction: field(z.string().max(253), 'Name of the last HealingAction.').exactOptional(),
  resolvedAt: timestamp('When the last of its triggers resolved.').exactOptional(),
});

export const blockedSchema = z.object({
  target: field(targetResourceSchema, 'The object.'),
  action: field(z.string().max(253), 'The action that would have been next.').exactOptional(),
  reason: reason('The gate that refused.'),
  message: message('The figures that decided it.'),
  until: timestamp('When it could change.').exactOptional(),
});

export const policyStatusSchema = z.object({
  observedGeneration: generation('The generation this status speaks of.').exactOptional(),
  conditions: conditions(),
  targets: field(
    z.object({
      matched: field(int32(0), 'Objects that the selector matches.'),
      unhealthy: field(int32(0), 'Of these, with a firing trigger.'),
      unknown: field(int32(0), 'Of these, without data to judge by.'),
    }),
    'Counts over the selected objects.',
  ).exactOptional(),
  triggers: field(z.array(triggerStatusSchema).max(MAX_TRIGGERS), 'Each trigger.', {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  }).exactOptional(),
  activeTriggers: field(z.array(z.string().max(253)).max(MAX_TRIGGERS), 'Names of the triggers that fire.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
  firing: field(int32(0), 'Targets for which a trigger fires.').exactOptional(),
  actionsTaken: field(int32(0), 'Actions started in the last 24 hours.').exactOptional(),
  lastActionTime: timestamp('When the last action started.').exactOptional(),
  lastEvaluated: timestamp(
    'When the policy was last evaluated; alone, it is written at most once a minute.',
  ).exactOptional(),
  blocked: field(z.array(blockedSchema).max(MAX_BLOCKED), 'Why nothing was done.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
  blockedOmitted: field(int32(0), 'How many more refusals there are than are listed.').exactOptional(),
  episodes: field(z.array(episodeSchema).max(MAX_EPISODES), 'Open and recently resolved episodes.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
  episodesOmitted: field(
    int32(0),
    'How many more episodes are open than the status has room for; those that can be healed take turns.',
  ).exactOptional(),
  massFailure: field(
    z.object({
      since: timestamp('When the limit was first exceeded.'),
      until: timestamp('No new action before this; a second mass failure moves it.'),
      message: message('The figures that decided it.'),
    }),
    'Set while `maxUnhealthy` holds healing back.',
  ).exactOptional(),
  commonCause: field(
    z.object({
      scope: field(
        z.enum(['Cluster', 'Namespace', 'Trait']),
        'Which targets it holds back: all, those of the namespace, or those that share the trait.',
      ),
      trait: field(z.string().max(1024), 'What they share.').exactOptional(),
      since: timestamp('When it began.'),
      told: field(z.boolean(), 'Whether people were told of it.'),
    }),
    'Set while a stop for workloads that fail together is in force; a new process of the operator goes on with it.',
  ).exactOptional(),
  seal: statusSeal(),
});

export type PolicyStatus = z.output<typeof policyStatusSchema>;
export type TriggerStatus = z.output<typeof triggerStatusSchema>;
export type FiringTarget = z.output<typeof firingTargetSchema>;
export type Episode = z.output<typeof episodeSchema>;
export type EpisodeTrigger = z.output<typeof episodeTriggerSchema>;
export type Blocked = z.output<typeof blockedSchema>;
