/** Where the embedded cluster leaves pending what a real one does, and the test of each. */
import type { Guard } from './guard.ts';

export const PLACEMENT_GUARDS: readonly Guard[] = [
  {
    name: 'placement: extended resources are counted',
    file: 'src/sandbox/scheduler/attempt.ts',
    guard:
      'note(missing, { name, asked, used: requested.others.get(name) ?? 0, all: allocatable.others.get(name) ?? 0 });',
    without: ';',
    test: 'src/sandbox/scheduler/fit.test.ts',
  },
  {
    name: 'placement: a pod that is promised a node keeps others of its priority and less away',
    file: 'src/sandbox/scheduler/placement.ts',
    guard: 'if (refusal !== undefined) return refusal;',
    without: '',
    test: 'src/sandbox/scheduler/preemption.test.ts',
  },
  {
    name: 'placement: a class that says Never preempts nobody',
    file: 'src/sandbox/scheduler/preemption.ts',
    guard: "pod.spec.preemptionPolicy === 'Never'",
    without: 'false',
    test: 'src/sandbox/scheduler/preemption.test.ts',
  },
  {
    name: 'placement: a pod whose volumes come is seen by those that come later',
    file: 'src/sandbox/scheduler/pod-cache.ts',
    guard: 'this.#move(pod, placed);',
    without: '',
    test: 'src/sandbox/scheduler/volumes.test.ts',
  },
  {
    name: 'placement: a claim of a driver that is not installed waits',
    file: 'src/sandbox/controllers/volume-provisioner.ts',
    guard: 'if (!this.#serves(claim.metadata.annotations?.[PROVISIONER])) return;',
    without: '',
    test: 'src/sandbox/controllers/volumes.test.ts',
  },
  {
    name: 'placement: a key that is missing keeps a container from starting',
    file: 'src/sandbox/kubelet/sources.ts',
    guard: "return keys.text.has(key) ? undefined : `couldn't find key ${key} in ${kind} ${namespace}/${name}`;",
    without: 'return undefined;',
    test: 'src/sandbox/kubelet/sources.test.ts',
  },
];
