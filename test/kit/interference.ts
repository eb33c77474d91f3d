/** What goes on around the operator at the worst moment: somebody else's writes, and answers that come late. */
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Transport } from '../../src/shapes/transport.ts';
import type { Gvr, Key } from '../../src/sandbox/index.ts';
import { Prng } from '../../src/std/prng.ts';
import type { TestCluster } from './test-cluster.ts';

/** Before the first write to the object, `act` happens. Dry runs are no writes. */
export const beforeWrite =
  ({ resource }: Gvr, { name }: Key, act: () => void) =>
  (inner: Transport): Transport => {
    let done = false;
    return {
      send: (request, signal) => {
        const [path = '', query = ''] = request.path.split('?');
        if (
          !done &&
          request.method !== 'GET' &&
          `${path}/`.includes(`/${resource}/${name}/`) &&
          !query.includes('dryRun')
        ) {
          done = true;
          act();
        }
        return inner.send(request, signal);
      },
    };
  };

/** Another object takes the name over. */
export function replace({ cluster }: TestCluster, gvr: Gvr, by: KubeObject): void {
  const { name, namespace } = by.metadata;
  cluster.remove(
    gvr,
    { name, ...(namespace !== undefined && { namespace }) },
    { gracePeriodSeconds: 0, propagationPolicy: 'Background' },
  );
  cluster.create(gvr, by);
}

/** Answers come late and out of step, so that two processes see different worlds. */
export const slow =
  ({ clock }: TestCluster, seed: number) =>
  (inner: Transport): Transport => {
    const prng = new Prng(seed);
    const pause = () => clock.until(clock.now() + prng.below(400));
    return {
      send: async (request, signal) => {
        await pause();
        const response = await inner.send(request, signal);
        await pause();
        return response;
      },
    };
  };
