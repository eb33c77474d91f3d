import { eventEvidence } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { heard } from '../facts.ts';
import { OUTSIDE } from '../cures.ts';

const SLOW =
  /etcdserver: request timed out|etcdserver: leader changed|Timeout: request did not complete|client rate limiter Wait returned an error|context deadline exceeded \(Client\.Timeout exceeded while awaiting headers\).*\/api/;

export const apiServerSlow: Cause<'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'Node'> = {
  family: 'infrastructure',
  specificity: 'exact',
  means: 'The API server or its etcd answers too late for the controllers.',
  todo: 'Look at the control plane: the latency of etcd, its disk, and the load of requests.',
  when: 'Events of controllers or kubelets say that requests to the API server or to etcd timed out.',
  unless: 'The events are older than an hour.',
  cures: { ...OUTSIDE, harmful: ['restart', 'drain'], pointless: ['delete', 'scale', 'rollback'] },
  kinds: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'Node'],
  find(object, snapshot) {
    const said = heard(snapshot, object, {
      reasons: ['FailedCreate', 'FailedDelete', 'FailedUpdate', 'NodeNotReady'],
      message: SLOW,
    });
    if (said === undefined) return undefined;
    return {
      root: { kind: 'Namespace', name: 'kube-system' },
      text: 'The API server answers too late.',
      evidence: [eventEvidence(said.event)],
    };
  },
};
