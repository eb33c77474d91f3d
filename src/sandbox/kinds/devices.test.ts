/** Claims, classes and slices of devices, as kube-apiserver 1.36 answers about them. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';
import { refusedFields } from '../test-kit/refused-fields.ts';

const KINDS = {
  claim: { resource: 'resourceclaims', namespace: 'default' },
  template: { resource: 'resourceclaimtemplates', namespace: 'default' },
  class: { resource: 'deviceclasses', namespace: '' },
  slice: { resource: 'resourceslices', namespace: '' },
} as const;
type Kind = keyof typeof KINDS;

const gvr = (kind: Kind) => ({ group: 'resource.k8s.io', version: 'v1', resource: KINDS[kind].resource });
const place = (kind: Kind) => ({ namespace: KINDS[kind].namespace, name: 'x' });
const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const create = (kind: Kind, spec: Draft, server = newServer()) =>
  server.cluster.create(gvr(kind), { metadata: place(kind), spec } as never);
const refused = (kind: Kind, spec: Draft) => refusedFields(() => create(kind, spec));
const change = (kind: Kind, spec: Draft, next: Draft) => {
  const server = newServer();
  create(kind, spec, server);
  return refusedFields(() =>
    server.cluster.modify(gvr(kind), place(kind), ((draft: Draft) => Object.assign(draft, { spec: next })) as never),
  );
};
const request = (more: Draft = {}): Draft => ({ name: 'a', exactly: { deviceClassName: 'gpu', ...more } });
const claim = (...requests: readonly Draft[]): Draft => ({ devices: { requests } });
const selecting = (expression: string): Draft => ({ selectors: [{ cel: { expression } }] });
const slice = (more: Draft): Draft => ({
  driver: 'gpu.example.com',
  pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
  ...more,
});

describe('The server fills in', () => {
  test('how many devices a request wants, and how a toleration compares', () => {
    const made = create('claim', claim(request({ tolerations: [{ key: 'a', value: 'b' }] })));
    expect(at(made, 'spec', 'devices', 'requests')).toEqual([
      request({ allocationMode: 'ExactCount', count: 1, tolerations: [{ key: 'a', operator: 'Equal', value: 'b' }] }),
    ]);
  });

  test('since when a device is tainted; fields of gates that are off go', () => {
    const device = {
      name: 'd',
      attributes: { a: { bool: true, strings: ['x'] } },
      taints: [{ key: 'k', effect: 'NoSchedule' }],
    };
    expect(at(create('slice', slice({ allNodes: true, devices: [device] })), 'spec', 'devices')).toEqual([
      {
        ...device,
        attributes: { a: { bool: true } },
        taints: [{ key: 'k', effect: 'NoSchedule', timeAdded: expect.stringMatching(/Z$/) as string }],
      },
    ]);
  });
});

describe('The server refuses', () => {
  test.each<[string, Kind, Draft, readonly string[]]>([
    [
      'a request of neither form',
      'claim',
      claim({ name: 'a' }),
      ['spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required'],
    ],
    [
      'a number of devices beside all',
      'claim',
      claim(request({ allocationMode: 'All', count: 2 })),
      ["spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'"],
    ],
    [
      'a constraint on a request that is not there',
      'claim',
      { devices: { requests: [request()], constraints: [{ requests: ['b'], matchAttribute: 'x' }] } },
      [
        'spec.devices.constraints[0].requests[0]: Invalid value: "b": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
        'spec.devices.constraints[0].matchAttribute: Invalid value: "x": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
    [
      'administration without the label of the namespace',
      'claim',
      claim(request({ adminAccess: true })),
      [
        'spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace',
      ],
    ],
    [
      'a template with a name',
      'template',
      { metadata: { name: 'y' }, spec: claim(request()) },
      ['spec.metadata.name: Forbidden: cannot be set'],
    ],
    [
      'an expression of another type',
      'class',
      selecting('device.attributes["a.b"]'),
      [
        'spec.selectors[0].cel.expression: Invalid value: "device.attributes[\\"a.b\\"]": must evaluate to bool or the unknown type, not map(string, google.protobuf.Any)',
      ],
    ],
    [
      'parameters that are no object',
      'class',
      { config: [{ opaque: { driver: 'a.b', parameters: 1 } }], extendedResourceName: 'cpu' },
      [
        'spec.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
        'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
      ],
    ],
    [
      'a slice for all nodes and for one',
      'slice',
      slice({ nodeName: 'n', allNodes: true }),
      [
        'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [
      'a device with two values of an attribute, and a policy for what is not shared',
      'slice',
      slice({
        allNodes: true,
        devices: [
          {
            name: 'd',
            attributes: { a: { int: 1, bool: true } },
            capacity: { m: { value: '1', requestPolicy: { default: '1' } } },
          },
        ],
      }),
      [
        'spec.devices[0].attributes[a]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
        'spec.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true',
      ],
    ],
    [
      'a default beyond the range of a policy',
      'slice',
      slice({
        allNodes: true,
        devices: [
          {
            name: 'd',
            allowMultipleAllocations: true,
            capacity: {
              m: { value: '4Gi', requestPolicy: { default: '3Gi', validRange: { min: '1Gi', max: '2Gi' } } },
            },
          },
        ],
      }),
      ['spec.devices[0].capacity[m].requestPolicy.validRange.max: Invalid value: "3Gi": default is more than max: 2Gi'],
    ],
  ])('%s', (_, kind, spec, errors) => {
    expect(refused(kind, spec)).toEqual(errors);
  });

  test('a claim that changes', () => {
    const errors = change('claim', claim(request()), claim(request({ count: 2 })));
    expect(errors).toEqual([expect.stringMatching(/^spec: Invalid value: \{"Devices":.*: field is immutable$/)]);
  });

  test('a slice that goes to another node', () => {
    const errors = change('slice', slice({ nodeName: 'n' }), slice({ nodeName: 'm' }));
    expect(errors).toEqual(['spec.nodeName: Invalid value: "m": field is immutable']);
  });
});

test.each([
  'device.driver == "a" && device.attributes["a"].model == "b"',
  'device.attributes["a"].ready',
  'cel.bind(a, device.attributes["a"], a.x && a.y)',
  'device.attributes["a"].b.matches("^a+$")',
  'device.capacity["a"].memory.compareTo(quantity("1Gi")) > 0',
])('An expression selects devices: %s', (expression) => {
  expect(refused('class', selecting(expression))).toEqual([]);
});

describe('The status of a claim', () => {
  const result = (device: string): Draft => ({ request: 'a', driver: 'gpu.example.com', pool: 'p', device });
  const allocated = (...devices: readonly string[]): Draft => ({
    allocation: { devices: { results: devices.map(result) } },
  });
  const told = (device: string): Draft => ({ driver: 'gpu.example.com', pool: 'p', device });
  const write = (...statuses: readonly Draft[]) => {
    const server = newServer();
    create('claim', claim(request()), server);
    for (const status of statuses)
      server.cluster.modify(
        gvr('claim'),
        place('claim'),
        ((draft: Draft) => Object.assign(draft, { status })) as never,
        'status',
      );
    return at(server.cluster.get(gvr('claim'), place('claim')), 'status');
  };

  test('loses what drivers said of devices that are no longer allocated', () => {
    const status = { ...allocated('d'), devices: [told('d')] };
    expect(write(status, { devices: [told('d')] })).toEqual({});
  });

  test('tells only of devices that are allocated, to those for whom they are', () => {
    const refusal = refusedFields(() =>
      write({ devices: [told('d')], reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] }),
    );
    expect(refusal).toEqual([
      'status.devices[0]: Invalid value: {"Driver":"gpu.example.com","Pool":"p","Device":"d","ShareID":""}: must be an allocated device in the claim',
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ]);
  });

  test('keeps its allocation', () => {
    expect(refusedFields(() => write(allocated('d'), allocated('e')))).toEqual([
      expect.stringMatching(/^status.allocation: Invalid value: .*: field is immutable$/),
    ]);
  });
});
