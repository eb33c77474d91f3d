/** Kinds that few clients write: expectations are taken from the sources that the README names for them. */
import { describe, expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const storage = (resource: string): Gvr => ({ group: 'storage.k8s.io', version: 'v1', resource });
const flows = (resource: string): Gvr => ({ group: 'flowcontrol.apiserver.k8s.io', version: 'v1', resource });
const network = (resource: string): Gvr => ({ group: 'networking.k8s.io', version: 'v1', resource });

const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const create = (gvr: Gvr, body: Draft, server = newServer()) =>
  server.cluster.create(gvr, { metadata: { name: '10.0.0.1' }, ...body } as never);
const change = (gvr: Gvr, body: Draft, changed: Draft) => {
  const server = newServer();
  create(gvr, body, server);
  return refusedFields(() =>
    server.cluster.modify(gvr, { namespace: '', name: '10.0.0.1' }, (draft) => Object.assign(draft, changed)),
  );
};

describe('The server fills in', () => {
  test('a driver', () => {
    expect(at(create(storage('csidrivers'), { spec: {} }), 'spec')).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      volumeLifecycleModes: ['Persistent'],
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      requiresRepublish: false,
      seLinuxMount: false,
    });
  });

  test('a flow and a level', () => {
    const flow = create(flows('flowschemas'), { spec: { priorityLevelConfiguration: { name: 'x' } } });
    expect(at(flow, 'spec', 'matchingPrecedence')).toBe(1000);
    const limited = { limitResponse: { type: 'Queue', queuing: {} } };
    const level = create(flows('prioritylevelconfigurations'), { spec: { type: 'Limited', limited } });
    expect(at(level, 'spec', 'limited')).toEqual({
      nominalConcurrencyShares: 30,
      lendablePercent: 0,
      limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
    });
  });
});

describe('The server refuses', () => {
  test.each<[string, Gvr, Draft, readonly string[]]>([
    [
      'a driver that asks for the same token twice',
      storage('csidrivers'),
      { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 5 }, { audience: 'a' }] } },
      [
        'spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
        'spec.tokenRequests[1].audience: Duplicate value: "a"',
      ],
    ],
    [
      'a node with one driver twice',
      storage('csinodes'),
      {
        spec: {
          drivers: [
            { name: 'a', nodeID: '' },
            { name: 'a', nodeID: 'x', topologyKeys: ['k', 'k'] },
          ],
        },
      },
      [
        'spec.drivers[0].nodeID: Required value',
        'spec.drivers[1].name: Duplicate value: "a"',
        'spec.drivers[1]: Duplicate value: "k"',
      ],
    ],
    [
      'a class of attributes without any',
      storage('volumeattributesclasses'),
      { driverName: '' },
      ['driverName: Required value', 'parameters: Required value: must contain at least one key/value pair'],
    ],
    [
      'a flow that matches nothing and goes nowhere',
      flows('flowschemas'),
      {
        spec: {
          matchingPrecedence: 1,
          distinguisherMethod: { type: 'X' },
          priorityLevelConfiguration: {},
          rules: [{}],
        },
      },
      [
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
        'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
        'spec.rules[0].subjects: Required value: subjects must contain at least one value',
        'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
      ],
    ],
    [
      'a level of which both kinds are said',
      flows('prioritylevelconfigurations'),
      { spec: { type: 'Exempt', limited: {} } },
      [
        "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
        'spec.limited: Forbidden: must be nil if the type is not Limited',
      ],
    ],
    ['an address of nothing', network('ipaddresses'), { spec: {} }, ['spec.parentRef: Required value']],
    [
      'two ranges of one family',
      network('servicecidrs'),
      { spec: { cidrs: ['10.0.0.0/8', '11.0.0.0/8'] } },
      [
        'spec.cidrs: Invalid value: ["10.0.0.0/8","11.0.0.0/8"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
  ])('%s', (_, gvr, body, causes) => {
    expect(refusedFields(() => create(gvr, body))).toEqual(causes);
  });

  test.each<[string, Gvr, Draft, Draft, readonly string[]]>([
    [
      'another way of life of a driver',
      storage('csidrivers'),
      { spec: {} },
      { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } },
      [
        'spec.attachedRequired: Invalid value: false: field is immutable',
        'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
      ],
    ],
    [
      'another node for an attachment',
      storage('volumeattachments'),
      { spec: { attacher: 'x', source: { persistentVolumeName: 'p' }, nodeName: 'n' } },
      { spec: { attacher: 'x', source: { persistentVolumeName: 'p' }, nodeName: 'm' } },
      [
        'spec: Invalid value: {"Attacher":"x","Source":{"PersistentVolumeName":"p","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
      ],
    ],
    [
      'other attributes of a class',
      storage('volumeattributesclasses'),
      { driverName: 'a', parameters: { x: 'y' } },
      { parameters: { x: 'z' } },
      ['parameters: Forbidden: updates to parameters are forbidden.'],
    ],
  ])('%s', (_, gvr, body, changed, causes) => {
    expect(change(gvr, body, changed)).toEqual(causes);
  });
});
