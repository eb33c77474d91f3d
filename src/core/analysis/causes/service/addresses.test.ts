import { describe, expect, it } from 'vitest';
import { addressesOf, serviceNamed } from './addresses.ts';
import { isAlike } from './dependency.ts';

const read = (env: Readonly<Record<string, string>>) =>
  addressesOf({
    containers: [{ name: 'main', env: Object.entries(env).map(([name, value]) => ({ name, value })) }],
  }).map(({ host, port }) => (port === undefined ? host : `${host}:${port}`));

describe('addresses in variables', () => {
  it.each([
    [{ API_ADDR: 'api:80' }, ['api:80']],
    [{ DB: 'jdbc:mysql://db:3306/shop?useSSL=false' }, ['db:3306']],
    [{ AMQP: 'amqp://user:secret@queue.shop.svc:5672' }, ['queue.shop.svc:5672']],
    [{ KAFKA_BROKERS: 'a:9092,b:9092' }, ['a:9092', 'b:9092']],
    [{ DB_HOST: 'db', DB_PORT: '3306' }, ['db:3306']],
    [{ API_URL: 'http://api/v1' }, ['api']],
    // Words, numbers and places that no Service answers for.
    [{ LOG_LEVEL: 'info' }, []],
    [{ PORT: '8080', DEBUG: 'true', RATE: '0.5' }, []],
    [{ SELF_HOST: 'localhost' }, []],
    [{ BIND_ADDR: '0.0.0.0:80' }, []],
  ])('%j: %j', (env, addresses) => expect(read(env)).toEqual(addresses));

  it('are Services of the cluster by their first words', () => {
    expect(serviceNamed('api', 'shop')).toEqual({ namespace: 'shop', name: 'api' });
    expect(serviceNamed('api.team.svc.cluster.local', 'shop')).toEqual({ namespace: 'team', name: 'api' });
    expect(serviceNamed('api.example.com', 'shop')).toBeUndefined();
  });

  it('are alike when one holds the other, or two letters differ', () => {
    expect(isAlike('store-cache', 'store-cache-old')).toBe(true);
    expect(isAlike('catalog', 'catalgo')).toBe(true);
    expect(isAlike('payment', 'catalog')).toBe(false);
    expect(isAlike('db', 'mydb-primary')).toBe(false);
  });
});
