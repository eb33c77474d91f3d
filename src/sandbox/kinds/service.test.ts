/**
 * What a Service is given, keeps and loses:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/core/service/strategy.go and
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/core/service/storage/alloc.go
 */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { ApiError } from '../machinery/errors.ts';
import { asObject, at, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const services: Gvr = { group: '', version: 'v1', resource: 'services' };
const key = { namespace: 'default', name: 'x' };
const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const refusal = (act: () => unknown): string => {
  try {
    act();
    return '';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status.message ?? '';
  }
};

const made = (spec: Draft, name = 'x', server = newServer()) => {
  server.cluster.create(services, { metadata: { name, namespace: 'default' }, spec } as never);
  return server;
};
const specOf = (server: ApiServer): Draft => asObject(server.cluster.get(services, key)?.['spec']) ?? {};
const changed = (server: ApiServer, spec: Draft): Draft => {
  server.cluster.modify(services, key, (draft) => {
    Object.assign(draft['spec'] as Draft, spec);
    return draft;
  });
  return specOf(server);
};

const balanced: Draft = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] };

describe('A Service', () => {
  test('that turns from a load balancer to an internal one loses what only load balancers have', () => {
    const spec = changed(made({ ...balanced, loadBalancerClass: 'a.io/b' }), { type: 'ClusterIP' });
    expect(spec).not.toHaveProperty('externalTrafficPolicy');
    for (const field of ['healthCheckNodePort', 'allocateLoadBalancerNodePorts', 'loadBalancerClass'])
      expect(spec).not.toHaveProperty(field);
    expect(spec['ports']).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
  });

  test('that turns into an external name loses its addresses, ports of nodes and policies', () => {
    const spec = changed(made({ type: 'NodePort', ports: [{ port: 80 }] }), {
      type: 'ExternalName',
      externalName: 'a.b',
    });
    expect(spec).toEqual({
      type: 'ExternalName',
      externalName: 'a.b',
      sessionAffinity: 'None',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  test('of two families where there is one is headless and has no selector', () => {
    expect(specOf(made({ clusterIP: 'None' }))).toMatchObject({
      ipFamilyPolicy: 'RequireDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
    });
    expect(specOf(made({ clusterIP: 'None', selector: { a: 'b' } }))).toMatchObject({ ipFamilyPolicy: 'SingleStack' });
    expect(refusal(() => made({ ipFamilyPolicy: 'RequireDualStack', ports: [{ port: 80 }] }))).toMatch(
      'this cluster is not configured for dual-stack services',
    );
  });

  test('keeps the ports of nodes by the names of its ports, and serves one number of two protocols by one of them', () => {
    const server = made({ type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30_500 }] });
    expect(changed(server, { ports: [{ name: 'a', port: 81 }] })['ports']).toMatchObject([
      { port: 81, nodePort: 30_500 },
    ]);
    const dns = specOf(
      made({
        type: 'NodePort',
        ports: [
          { name: 'tcp', port: 53 },
          { name: 'udp', port: 53, protocol: 'UDP', nodePort: 30_053 },
        ],
      }),
    );
    expect(dns['ports']).toMatchObject([{ nodePort: 30_053 }, { nodePort: 30_053 }]);
  });

  test('does not change what a load balancer was made with', () => {
    expect(
      refusal(() => changed(made({ ...balanced, loadBalancerClass: 'a.io/b' }), { loadBalancerClass: 'c.io/d' })),
    ).toBe('Service "x" is invalid: spec.loadBalancerClass: Invalid value: "c.io/d": may not change once set');
    expect(refusal(() => changed(made(balanced), { healthCheckNodePort: 30_007 }))).toBe(
      'Service "x" is invalid: spec.healthCheckNodePort: Forbidden: field is immutable',
    );
  });

  test('says of an address of its load balancer that it is a virtual one, and loses it with the type', () => {
    const server = made(balanced);
    server.cluster.modify(
      services,
      key,
      (draft) => ({ ...draft, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }),
      'status',
    );
    expect(at(server.cluster.get(services, key), 'status')).toEqual({
      loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] },
    });
    changed(server, { type: 'ClusterIP' });
    expect(at(server.cluster.get(services, key), 'status')).toEqual({ loadBalancer: {} });
  });

  test('is refused for addresses that are written as no address is', () => {
    const ports = [{ port: 80 }];
    const refused = (spec: Draft) => refusal(() => made({ ports, ...spec }));
    expect(refused({ clusterIP: '010.96.0.9' })).toMatch(
      'spec.clusterIPs[0]: Invalid value: "010.96.0.9": must not have leading 0s',
    );
    expect(refused({ externalIPs: ['::ffff:1.2.3.4'] })).toMatch('must not be an IPv4-mapped IPv6 address');
    expect(refused({ ...balanced, loadBalancerSourceRanges: ['10.1.2.3/8'] })).toMatch(
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.1.2.3/8": must not have bits set beyond the prefix length',
    );
    expect(refused({ ...balanced, loadBalancerSourceRanges: ['fd00::/8', '2001:db8::/32', '0.0.0.0/0'] })).toBe('');
  });
});
