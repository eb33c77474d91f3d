import { afterEach, describe, expect, it } from 'vitest';
import { closeHookServers, hookOf, map, startHookServer } from '../test-kit/hook-server.ts';
import { SYSTEM_ADMIN } from '../machinery/identity.ts';
import type { AdmissionAttributes, Machinery, RequestTerms } from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { Suspended } from '../machinery/suspension.ts';
import { Session } from '../machinery/session.ts';
import { HookIndex } from './hook-index.ts';
import { mutatingHooks, validatingHooks } from './hook-plugins.ts';

afterEach(closeHookServers);

describe('a webhook with side effects, which only an old object may have', () => {
  const attributes = (dryRun: 'All' | undefined): AdmissionAttributes => {
    const { registry } = startHookServer().sandbox.server;
    const type = registry.find({ group: '', version: 'v1', resource: 'configmaps' }) as ResourceType;
    const terms: RequestTerms = { user: SYSTEM_ADMIN, dryRun, manager: '', validation: 'Ignore', warnings: [] };
    const object = { ...map('m'), apiVersion: 'v1', kind: 'ConfigMap' };
    return { operation: 'CREATE', type, subresource: '', namespace: 'n', name: 'm', object, terms, options: {} };
  };
  it.each(['mutating', 'validating'] as const)('is not asked for a dry run: %s', (kind) => {
    const hooks = new HookIndex();
    const webhooks = [{ ...hookOf(), sideEffects: 'Some', failurePolicy: 'Ignore' }];
    hooks.set(kind, { apiVersion: 'v1', kind: 'C', metadata: { name: 'c' }, webhooks });
    const asked: string[] = [];
    const session = new Session((question) => {
      asked.push(question.key);
      return Promise.resolve({ uid: '', problem: 'nobody' });
    });
    const { world } = startHookServer().sandbox.server.access;
    const judge = (dryRun: 'All' | undefined) => {
      const machinery = { session } as unknown as Machinery;
      const plugin = {
        ...mutatingHooks({ hooks, world: () => world }),
        ...validatingHooks({ hooks, world: () => world }),
      };
      if (kind === 'mutating') plugin.admit?.(attributes(dryRun), machinery, 'first');
      else plugin.validate?.(attributes(dryRun), machinery);
    };
    expect(() => judge('All')).toThrow('admission webhook "one.hooks.example" does not support dry run');
    expect(asked).toHaveLength(0);
    expect(() => judge(undefined)).toThrow(Suspended);
    expect(asked).toHaveLength(1);
  });
});
