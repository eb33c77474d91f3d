import type { Meanings } from './reason.ts';
import { PROGRESS_REASONS } from './actions.ts';
import { PROBLEM_REASONS } from './policies.ts';

/** Why no plan can be made for a target, or no further stage of one. */
export const PLAN_REASONS = {
  NothingToDo: {
    means: 'The target already is as the action would make it.',
    todo: 'Nothing. If the target still fires, this action does not help: take another.',
  },
  InvalidAction: {
    means: 'The block of the action is missing or contradicts itself.',
    todo: 'Correct the block of the action in the policy.',
  },
  InvalidParameters: {
    means: 'A parameter is unknown, missing or has a value that is not taken.',
    todo: 'Correct `parameters` of the action as the message says.',
  },
  TimedOut: PROGRESS_REASONS.TimedOut,
  Superseded: PROGRESS_REASONS.Superseded,
  TooManyStages: {
    means: 'The action has taken as many steps as one action may, and is not finished.',
    todo: 'Look at the pods that the message names. Then let another action do the rest.',
  },
  TooManyChanges: {
    means: 'The change is too large for one action: its way back would not fit into the status.',
    todo: 'Split it into several actions, or name one container.',
  },
  TooLarge: {
    means:
      'The pod template is too large to be kept in the status of an action, so that the rollback could not be recorded.',
    todo: 'Roll back by hand with `kubectl rollout undo`.',
  },
  UnsupportedAction: PROBLEM_REASONS.UnsupportedAction,
  UnsupportedKind: PROBLEM_REASONS.UnsupportedKind,
  AccountRequired: PROBLEM_REASONS.AccountRequired,
  AccountNotPermitted: PROBLEM_REASONS.AccountNotPermitted,
  TargetForbidden: {
    means: 'The account as which the action is carried out may not read the target. Nothing was sent.',
    todo: 'Add the rule that the message names.',
  },
  FieldOwned: {
    means:
      'Another controller (Argo CD, Flux, an autoscaler, an operator) sets the field and would set it back at once. Nothing was changed.',
    todo: 'Change the field where the message says. To change it all the same, set `safetyRules.contention: ignore`.',
  },
  OwnersUnknown: {
    means: 'Who else sets the field cannot be told, because something could not be read.',
    todo: 'Give the operator the permission that the message names.',
  },
  AutoscalersUnknown: {
    means: 'Whether an autoscaler owns the field cannot be told, because the autoscalers could not be read.',
    todo: 'Give the operator the permission that the message names.',
  },
  Autoscaled: {
    means: 'A HorizontalPodAutoscaler sets the count and would set it back.',
    todo: 'Let the action change the bounds of the autoscaler (`autoscaler: adjust`), or change them by hand.',
  },
  NoScale: {
    means: 'The target has no count: its kind has no scale subresource, or it could not be read.',
    todo: 'Take another action type for this kind.',
  },
  Paused: {
    means: 'The Deployment is paused: a new template would not roll out.',
    todo: 'Finish the release that somebody paused, then run `kubectl rollout resume`.',
  },
  OnDelete: {
    means: 'The workload has update strategy `OnDelete`: a new template reaches a pod only when the pod is deleted.',
    todo: 'Restart it with strategy `graceful`, or act on its pods by hand.',
  },
  NotReached: {
    means:
      'The StatefulSet has a partition: a rolling restart would pass by the pods below it, among which the one that is ill may be. Or it replaces its pods in order, and waits for one that was never ready.',
    todo: 'Of a partition: restart it with strategy `graceful`, let the policy select its pods, or set the partition to 0. Of a pod that was never ready: put the template right, then delete that pod.',
  },
  UnsupportedStrategy: {
    means: 'The restart strategy cannot be done to this kind: a DaemonSet has no count that could be set to 0.',
    todo: 'Take strategy `graceful` or `rolling`.',
  },
  WouldDeleteVolumes: {
    means: 'The StatefulSet deletes the volumes of pods that are scaled away, so that a scale to 0 would lose data.',
    todo: 'Take strategy `graceful`.',
  },
  RollbackBarrier: {
    means:
      'Between the release that runs and the one to go back to lies a revision that is marked `kubeskippy.io/rollback-barrier`: an older release cannot work with what it has changed. Nothing was changed.',
    todo: 'Roll out a release that works. When going back is safe all the same, take the mark off the ReplicaSet or ControllerRevision, or use `kubectl rollout undo`.',
  },
  NeverHealthy: {
    means: 'The revision to go back to never became healthy: an older revision still serves. Nothing was changed.',
    todo: 'Name another `toRevision`, or leave it out: the last release that was healthy is taken then.',
  },
  LocalData: {
    means:
      'The pod has an `emptyDir` or an ephemeral volume: what is in it goes with the pod. Nothing was deleted. A drain leaves such pods on their node.',
    todo: 'Save what is needed of it. To take the pod away all the same, set `deleteEmptyDirData: true` in the block of the action.',
  },
  ReplacementImpossible: {
    means:
      'The pod that would come in place of one that goes would not start: an object that it names is not there, a quota has no room, the API server refuses it, or no node takes it. Nothing was changed.',
    todo: 'Do what the message says first: `kubeskippy report replaceability` lists all such workloads. To take pods away all the same, set `safetyRules.replacement: ignore`.',
  },
  PodsUnknown: {
    means: 'The pods could not be read, so that what would be disrupted is not known.',
    todo: 'Give the operator the permission that the message names.',
  },
  PodsMissing: {
    means: 'As many pods are missing or not ready as `maxConcurrent` allows. To evict more of them would not help.',
    todo: 'Find out why the pods that the message names do not become ready.',
  },
  BarePod: {
    means: 'The pod has no controller. Once it is gone it would not come back.',
    todo: 'Run the pod by a Deployment, or delete it by hand.',
  },
  BarePods: {
    means: 'The node has pods without a controller. Once they are gone they would not come back.',
    todo: 'Move them by hand, or set `drainAction.force`.',
  },
  MirrorPod: {
    means: 'The pod is a static pod of its node. The API server cannot evict it.',
    todo: 'Change its file on the node.',
  },
  NodesUnknown: {
    means: 'The nodes could not be read, so that it is not known how many would be left.',
    todo: 'Give the operator the permission that the message names.',
  },
  NotOurCordon: {
    means:
      'The node is cordoned, and somebody else has set `spec.unschedulable` since an action of this operator did: the cordon is theirs, and only they take it back.',
    todo: 'Uncordon the node by hand when it is to take pods.',
  },
  TooFewNodes: {
    means: 'Without this node fewer than half of the nodes like it would be ready and take pods.',
    todo: 'Repair or uncordon other nodes first.',
  },
  Uncorroborated: {
    means:
      'Fewer than two independent signs say that the node is broken: its kubelet, its heartbeat, what other triggers see, pods of several workloads, its provider. Nothing was changed.',
    todo: 'Look at the node. Let the policy watch it by a second trigger of another type, or set `signals: 1` in `cordonAction` or `drainAction` where one sign is enough.',
  },
  KindNotDeletable: {
    means: 'Objects of this kind hold data or rights that do not come back, and are not deleted.',
    todo: 'Delete it by hand, or name the kind in `actions.deletableKinds` of the configuration.',
  },
  Finalizers: {
    means: 'The object has finalizers and would stay half deleted until they are done.',
    todo: 'Find out who has to finish them, or set `deleteAction.force`.',
  },
  InvalidPatch: {
    means: 'The patch cannot be read or does not fit its type.',
    todo: 'Correct `patchAction` as the message says.',
  },
  FieldNotAllowed: {
    means: 'The patch changes a field that actions may not change.',
    todo: 'Take the field out of the patch, or allow it with `actions.patchFields` in the configuration.',
  },
  PatchRefused: {
    means: 'The server refused the patch when it was tried out. Nothing was changed.',
    todo: 'Correct the patch as the message of the server says.',
  },
  NoContainer: {
    means: 'The pod template has no container of the name that the action gives.',
    todo: 'Correct `container`: the message lists those that are there.',
  },
  NoResources: {
    means: 'No container has a request or limit that could be multiplied.',
    todo: 'Set requests and limits in the workload first.',
  },
  QosClass: {
    means: 'The change would give a running pod another QoS class, which Kubernetes does not allow.',
    todo: 'Choose a factor or bounds that leave requests and limits in their relation, or resize the workload.',
  },
  NoInPlaceResize: {
    means: 'The API server cannot resize running pods (it has no `pods/resize`, Kubernetes 1.33).',
    todo: 'Let the policy select the workload of the pod.',
  },
  RevisionsUnknown: {
    means: 'The revisions of the workload could not be read.',
    todo: 'Give the operator the permission that the message names.',
  },
  RevisionUnknown: {
    means: 'The workload does not keep the revision that `toRevision` names.',
    todo: 'Take one that the message lists, or leave `toRevision` out.',
  },
  NoRevision: {
    means: 'There is no older revision to go back to, or all of them have failed before.',
    todo: 'Roll out a release that works.',
  },
  NoTemplate: {
    means: 'The CronJob whose template the action runs is not there, cannot be read or has no template.',
    todo: 'Create it in the namespace that the message names, with `suspend: true`.',
  },
  ParameterConflict: {
    means: 'The CronJob sets a variable that the action sets too.',
    todo: 'Remove the variable from the container, or from the parameters of the action.',
  },
  JobUnknown: {
    means: 'The Job could not be read, so that it is not known whether it runs.',
    todo: 'Look at the Job by hand, and give the operator the permission that the message names.',
  },
  JobGone: {
    means: 'Somebody removed the Job before its end was seen.',
    todo: 'Find out whether it did its work before you run it again.',
  },
  JobNameTaken: {
    means: 'A Job of that name exists that was not made for this action.',
    todo: 'Remove it, or find out who made it.',
  },
  JobFailed: {
    means: 'The Job ran and failed.',
    todo: 'Read its log with the command that the message gives.',
  },
  UnknownEndpoint: {
    means: 'The configuration has no endpoint of the name that the action gives.',
    todo: 'Add it to `endpoints`, or correct `webhookAction.name`.',
  },
  NoChannel: {
    means: 'The configuration has no channel through which people could be told.',
    todo: 'Add one to `channels`.',
  },
  UnknownChannel: {
    means: 'The configuration has no channel of the name that the action gives.',
    todo: 'Add it to `channels`, or correct `notifyAction.channel`.',
  },
  NotGranted: {
    means:
      'The configuration does not let the namespace of the policy (or of the action made by hand) use the endpoint or channel.',
    todo: 'Add the namespace to `namespaces` of the endpoint or channel, or name another one.',
  },
  SecretField: {
    means:
      'The patch changes environment variables, a command line or the copy of a manifest that `kubectl apply` keeps. To take it back, their values would have to be kept where more people may read them.',
    todo: 'Keep the value in a ConfigMap or Secret, and restart the workload; or change it at its source.',
  },
  PluginFailed: {
    means: 'The plugin threw an error or made a plan that it may not make. Nothing was sent.',
    todo: 'Report the message to the author of the plugin.',
  },
} as const satisfies Meanings;

export type PlanReason = keyof typeof PLAN_REASONS;
