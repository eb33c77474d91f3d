/** Rules about pods, their containers and what they use. */
import { job, pod, type RuleScenario, workload } from './scenario.ts';

const crashes = (restarts: string) => ({ when: { restarts }, exit: { after: '1s', code: 1 } });
const withInit = (script: unknown) => ({
  script,
  spec: { initContainers: [{ name: 'set-up', image: 'registry.example/set-up:1' }] },
});
const holdFinalizer = (name: string) => ({ ...pod(name), metadata: { name, finalizers: ['example.com/hold'] } });
const failed = (reason: string) => ({ phase: 'Failed', reason, message: 'see its reason' });

export const POD_SCENARIOS: readonly RuleScenario[] = [
  {
    rule: 'restarts-often',
    stage: 'played',
    fires: ['Deployment', 'looping', 'its container crashes whenever it starts'],
    silent: ['Deployment', 'settled', 'its container runs after three restarts'],
    set: (stage) => {
      stage.put(workload('Deployment', 'looping', { script: crashes('>=0') }));
      stage.put(workload('Deployment', 'settled', { script: crashes('<3') }));
    },
  },
  {
    rule: 'crash-loop-back-off',
    stage: 'played',
    fires: ['Pod', 'looping', 'it is held back again and again'],
    silent: ['Pod', 'settled', 'it is held back for little more than a minute in all'],
    set: (stage) => {
      stage.put(pod('looping', { script: crashes('>=0') }));
      stage.put(pod('settled', { script: crashes('<3') }));
    },
  },
  {
    rule: 'restart-count-high',
    stage: 'played',
    fires: ['Pod', 'tenth', 'its tenth restart was the last'],
    silent: ['Pod', 'ninth', 'it has come to nine'],
    set: (stage) => {
      stage.put(pod('tenth', { script: crashes('<10') }));
      stage.put(pod('ninth', { script: crashes('<9') }));
    },
  },
  {
    rule: 'out-of-memory',
    stage: 'played',
    fires: ['Deployment', 'hungry', 'its container meets its limit within two minutes, again and again'],
    silent: ['Deployment', 'crashing', 'its container ends for another reason'],
    set: (stage) => {
      const resources = { limits: { memory: '64Mi' } };
      stage.put(workload('Deployment', 'hungry', { resources, script: { memory: { growth: '1Mi' } } }));
      stage.put(workload('Deployment', 'crashing', { resources, script: { exit: { after: '1m', code: 1 } } }));
    },
  },
  {
    rule: 'image-not-pulled',
    stage: 'played',
    fires: ['Deployment', 'mistyped', 'its image is not there'],
    silent: ['Deployment', 'heavy', 'its image takes ten minutes'],
    set: (stage) => {
      stage.put(workload('Deployment', 'mistyped', { script: { pull: { fails: 'not-found' } } }));
      stage.put(workload('Deployment', 'heavy', { script: { pull: { takes: '10m' } } }));
    },
  },
  {
    rule: 'container-not-created',
    stage: 'played',
    fires: ['Pod', 'unconfigured', 'its ConfigMap is missing'],
    silent: ['Pod', 'unpullable', 'its image is what is missing'],
    set: (stage) => {
      stage.put(pod('unconfigured', { script: { config: { fails: 'configmap "settings" not found' } } }));
      stage.put(pod('unpullable', { script: { pull: { fails: 'not-found' } } }));
    },
  },
  {
    rule: 'init-container-fails',
    stage: 'played',
    fires: ['Pod', 'unprepared', 'its init container fails whenever it starts'],
    silent: ['Pod', 'third-time-lucky', 'its init container succeeds after two restarts'],
    set: (stage) => {
      const initFails = (restarts: string) => ({
        when: { container: 'set-up', restarts },
        exit: { after: '1s', code: 1 },
      });
      const initEnds = { when: { container: 'set-up' }, exit: { after: '1s' } };
      stage.put(pod('unprepared', withInit([initFails('>=0')])));
      stage.put(pod('third-time-lucky', withInit([initFails('<2'), initEnds])));
    },
  },
  {
    rule: 'pod-pending',
    stage: 'played',
    fires: ['Pod', 'homeless', 'no node has the label that it asks for'],
    silent: ['Pod', 'slow', 'its image is there after fourteen minutes'],
    set: (stage) => {
      stage.put(pod('homeless', { spec: { nodeSelector: { disk: 'fast' } } }));
      stage.put(pod('slow', { script: { pull: { takes: '14m' } } }));
    },
  },
  {
    rule: 'pod-unschedulable',
    stage: 'played',
    fires: ['Pod', 'giant', 'it asks for more CPU than any node has'],
    silent: ['Pod', 'unpullable', 'it has a node and no image'],
    set: (stage) => {
      stage.put(pod('giant', { resources: { requests: { cpu: '100' } } }));
      stage.put(pod('unpullable', { script: { pull: { fails: 'not-found' } } }));
    },
  },
  {
    rule: 'pod-not-ready',
    stage: 'played',
    fires: ['Pod', 'unwell', 'its probe fails for good'],
    silent: ['Pod', 'upset', 'its probe succeeds again after fourteen minutes'],
    set: (stage) => {
      stage.put(pod('unwell', { script: { ready: { failsAfter: '1m' } } }));
      stage.put(pod('upset', { script: { ready: { failsAfter: '1m', recoversAfter: '15m' } } }));
    },
  },
  {
    rule: 'pod-stuck-terminating',
    stage: 'played',
    fires: ['Pod', 'held', 'a finalizer holds it'],
    silent: ['Pod', 'released', 'its finalizer is gone nine minutes after it was to end'],
    set: (stage) => {
      for (const name of ['held', 'released']) {
        stage.put(holdFinalizer(name));
        stage.at(2, () => stage.remove('Pod', name));
      }
      stage.at(11, () =>
        stage.change({ apiVersion: 'v1', kind: 'Pod', name: 'released' }, (draft) => {
          draft.metadata.finalizers = [];
          return draft;
        }),
      );
    },
  },
  {
    rule: 'pod-failed',
    stage: 'played',
    fires: ['Pod', 'given-up', 'it failed and is not restarted'],
    silent: ['Pod', 'report-*', 'it failed too, but belongs to a Job'],
    set: (stage) => {
      const fails = { exit: { after: '1s', code: 1 } };
      stage.put(pod('given-up', { script: fails, spec: { restartPolicy: 'Never' } }));
      stage.put(job('report', { script: fails, more: { backoffLimit: 0 } }));
    },
  },
  {
    rule: 'pod-evicted',
    stage: 'arranged',
    fires: ['Pod', 'put-out', 'its kubelet evicted it'],
    silent: ['Pod', 'timed-out', 'its deadline passed'],
    set: (stage) => {
      stage.put({ ...pod('put-out'), status: failed('Evicted') });
      stage.put({ ...pod('timed-out'), status: failed('DeadlineExceeded') });
    },
  },
  {
    rule: 'memory-close-to-limit',
    stage: 'played',
    fires: ['Deployment', 'near', '90 % of its limit are used'],
    silent: ['Deployment', 'far', '80 % are used'],
    set: (stage) => {
      const resources = { limits: { memory: '200Mi' } };
      stage.put(workload('Deployment', 'near', { resources, script: { memory: { from: '180Mi' } } }));
      stage.put(workload('Deployment', 'far', { resources, script: { memory: { from: '160Mi' } } }));
    },
  },
  {
    rule: 'memory-grows-to-limit',
    stage: 'played',
    fires: ['Deployment', 'leaking', 'it grows by 30 MiB a minute, and 1 GiB is the limit'],
    silent: ['Deployment', 'growing', 'it grows by 6 MiB a minute'],
    set: (stage) => {
      const resources = { limits: { memory: '1Gi' } };
      stage.put(
        workload('Deployment', 'leaking', { resources, script: { memory: { from: '150Mi', growth: '512Ki' } } }),
      );
      stage.put(
        workload('Deployment', 'growing', { resources, script: { memory: { from: '150Mi', growth: '100Ki' } } }),
      );
    },
  },
  {
    rule: 'memory-above-request',
    stage: 'played',
    fires: ['Deployment', 'modest', 'it uses 110 MiB and requests 64'],
    silent: ['Deployment', 'honest', 'it uses 90 MiB and requests 64'],
    set: (stage) => {
      const resources = { requests: { memory: '64Mi' } };
      stage.put(workload('Deployment', 'modest', { resources, script: { memory: { from: '110Mi' } } }));
      stage.put(workload('Deployment', 'honest', { resources, script: { memory: { from: '90Mi' } } }));
    },
  },
  {
    rule: 'cpu-close-to-limit',
    stage: 'played',
    fires: ['Deployment', 'busy', '96 % of its limit are used'],
    silent: ['Deployment', 'brisk', '80 % are used'],
    set: (stage) => {
      const resources = { limits: { cpu: '500m' } };
      stage.put(workload('Deployment', 'busy', { resources, script: { cpu: { from: '480m' } } }));
      stage.put(workload('Deployment', 'brisk', { resources, script: { cpu: { from: '400m' } } }));
    },
  },
];
