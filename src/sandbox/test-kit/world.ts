import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox, type MutableObject, type Sandbox, type SandboxOptions } from '../index.ts';
import { SCRIPT_ANNOTATION } from '../kubelet/script.ts';
import { EVENTS, PODS, type Resource } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';

const open: Sandbox[] = [];

/** For `afterEach` of each file that starts one. */
export async function closeWorlds(): Promise<void> {
  for (const sandbox of open.splice(0)) await sandbox.close();
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** A cluster on a clock of its own, with short words for what scenarios do with it. */
export class World {
  readonly clock = new VirtualClock();
  readonly sandbox: Sandbox;

  private constructor(options: Partial<SandboxOptions>) {
    this.sandbox = createSandbox({ clock: this.clock, ...options });
    open.push(this.sandbox);
  }

  static async start(options: Partial<SandboxOptions> = {}): Promise<World> {
    const world = new World(options);
    await world.pass(SECOND);
    return world;
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  create(resource: Resource, object: Partial<KubeObject> & { readonly metadata: KubeObject['metadata'] }): KubeObject {
    const metadata = { namespace: 'default', ...object.metadata };
    return this.sandbox.cluster.create(resource, {
      ...object,
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata,
    });
  }

  get<T extends KubeObject>(resource: Resource<T>, name: string, namespace = 'default'): T {
    const object = this.sandbox.cluster.get(resource, { namespace, name });
    if (object === undefined) throw new Error(`${resource.kind} ${name} is not there`);
    return object as T;
  }

  list<T extends KubeObject>(resource: Resource<T>): readonly T[] {
    return this.sandbox.cluster.list(resource, 'default') as readonly T[];
  }

  pods(app?: string): readonly Pod[] {
    return this.list(PODS).filter((pod) => app === undefined || pod.metadata.labels?.['app'] === app);
  }

  change(resource: Resource, name: string, patch: (draft: MutableObject) => void): void {
    this.sandbox.cluster.modify(resource, { namespace: 'default', name }, (draft) => {
      patch(draft);
      return draft;
    });
  }

  /** `reason ×count: message` of the events about one object, in order of their first writing. */
  events(name: string): readonly string[] {
    const about = this.list(EVENTS).filter((event) => (event['involvedObject'] as { name: string }).name === name);
    return about.map(({ reason, count, message }) => [reason, ' ×', count ?? 1, ': ', message].join(''));
  }
}

/** What a scenario's workload has that others have not. */
export interface Shape {
  readonly script?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly pod?: Readonly<Record<string, unknown>>;
}

export const template = (app: string, { script, image, container, pod }: Shape) => ({
  metadata: { labels: { app }, ...(script === undefined ? {} : { annotations: { [SCRIPT_ANNOTATION]: script } }) },
  spec: { containers: [{ name: 'main', image: image ?? 'app:1', ...container }], ...pod },
});

export const workload = (name: string, shape: Shape = {}) => ({
  metadata: { name },
  spec: {
    replicas: shape.replicas ?? 1,
    selector: { matchLabels: { app: name } },
    template: template(name, shape),
    ...shape.spec,
  },
});

export const status = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0];
export const ascending = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
export const names = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name).sort(ascending);
