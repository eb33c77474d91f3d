/**
 * The attack: a long text of emoji in an Event. The operator cuts it to a length, in the middle of one of them; the API
 * server keeps another character in its place (as Go reads JSON), the seal of the status does not fit any more, and
 * what the operator wrote itself is not believed: neither the policy's status nor the action of anybody whom it serves.
 * The guard: what is sealed is what the server keeps (src/std/well-formed.ts).
 */
import { describe, expect, it } from 'vitest';
import { judgeStatus, withSeal } from '../../src/core/authority/status-seal.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { wellFormed, wellFormedText } from '../../src/std/well-formed.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';
import { testSeals } from '../kit/seals.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const EVENT = { reason: 'Broken', count: 1, window: '5m' };

describe('a text that is cut in the middle of a character', () => {
  // One of the two ends in half an emoji, wherever it is cut.
  it.each([
    ['after an even number of letters', ''],
    ['after an odd number of letters', 'x'],
  ])('%s leaves the status of the policy and its action believed', async (_title, before) => {
    const world = new TestCluster();
    world.operator();
    const web = world.cluster.create(DEPLOYMENTS, deployment('web'));
    world.cluster.create(POLICIES, policy({ triggers: [{ name: 'told', type: 'event', eventTrigger: EVENT }] }));
    await world.clock.advance(30_000);
    world.cluster.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'default', name: 'long' },
      involvedObject: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'default',
        name: 'web',
        uid: web.metadata.uid,
      },
      reason: 'Broken',
      message: before + '😀'.repeat(2000),
      type: 'Warning',
      count: 1,
      lastTimestamp: toTimestamp(world.clock.now()),
    });
    expect(await world.until(() => world.phases().includes('Succeeded'), 300_000)).toBe(true);
    expect(JSON.stringify(world.actions())).not.toMatch(/StatusTampered|Forged/);
    expect(JSON.stringify(world.actions())).toContain('😀');
    expect(world.status('crash-loops').conditions?.map(({ type }) => type)).not.toContain('StatusTrusted');
  });

  it('in any status is sealed as the server keeps it', () => {
    const { keyring } = testSeals();
    const status = withSeal(keyring, { object: policy(), status: { message: 'x\ud83d' }, turn: 1 });
    const kept = wellFormed(JSON.parse(JSON.stringify(status)) as object);
    expect(judgeStatus(keyring, { ...policy(), status: kept })).toMatchObject({ kind: 'valid' });
  });

  it('is read as Go reads it', () => {
    expect(wellFormedText('a\ud83d')).toBe('a\ufffd');
    expect(wellFormedText('\ude00b')).toBe('\ufffdb');
    expect(wellFormed({ '\ud83d': ['😀', '\ud83d\ud83d\ude00', 1, null] })).toEqual({
      '\ufffd': ['😀', '\ufffd😀', 1, null],
    });
  });
});
