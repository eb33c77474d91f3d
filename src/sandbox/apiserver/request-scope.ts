/** One request about a resource, with what the server knows of it: its options, its body in the forms asked for. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { AccessControl } from '../access/access-control.ts';
import { badRequest } from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import type { Draft } from '../machinery/json.ts';
import type { RequestTerms, Machinery } from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';
import type { Query, RequestInfo } from '../machinery/route.ts';
import type { OwnershipTracking } from '../patch/tracking.ts';
import { decodeFields, type KindName } from '../schema/type-decoding.ts';
import type { DeleteOptions } from '../verbs/deletes.ts';
import { type Body, decodeObject, reportUnknown, strictProblems, textOf } from './decode.ts';
import type { PatchRequest } from './patching.ts';

/** Parts that the server is put together from, and that others fill in. */
export interface Services {
  readonly machinery: Machinery;
  readonly access: AccessControl;
  /** Text of a pod's log; undefined where nothing runs. The kubelet registers it. */
  readonly podLog: (pod: KubeObject, query: Query) => string | undefined;
  /** What a node's kubelet answers to a path; undefined for what it does not serve. The kubelet registers it. */
  readonly kubeletPage: (node: KubeObject, path: string) => unknown;
  /** Who owns which fields. */
  readonly tracking: OwnershipTracking;
}

export interface ResourceRequest {
  readonly info: RequestInfo;
  readonly type: ResourceType;
  readonly user: UserInfo;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface Served {
  readonly status: number;
  readonly value: unknown;
  readonly warnings: readonly string[];
  /** Plain text instead of an object. */
  readonly text?: string;
}

export class RequestScope {
  readonly services: Services;
  readonly request: ResourceRequest;
  readonly terms: RequestTerms;

  constructor(services: Services, request: ResourceRequest, terms: RequestTerms) {
    this.services = services;
    this.request = request;
    this.terms = terms;
  }

  answer(value: unknown, status = 200): Served {
    return { status, value, warnings: this.terms.warnings };
  }

  decode(): Draft {
    return this.decodeAs(this.request.type);
  }

  decodeAs(expected: KindName): Draft {
    const { type, body, headers } = this.request;
    const { object, duplicates } = decodeObject(this.services.machinery.registry, {
      type,
      body,
      contentType: headers['content-type'],
      strayFields: (names) =>
        reportUnknown(
          this.terms,
          names.map((name) => `unknown field ${JSON.stringify(name)}`),
          expected,
        ),
      ...(expected === type ? {} : { expected }),
    });
    const decoded = decodeFields(type, object, { expected, duplicates });
    if (decoded.problem !== undefined) {
      throw badRequest(
        `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: ${decoded.problem}`,
      );
    }
    reportUnknown(this.terms, strictProblems(duplicates, decoded.strict), expected);
    return decoded.object;
  }

  patchRequest(): PatchRequest {
    const { type, info, body } = this.request;
    const { machinery } = this.services;
    return {
      type,
      terms: this.terms,
      registry: machinery.registry,
      text: textOf(body),
      now: machinery.clock.now(),
      subresource: info.subresource,
    };
  }

  mayCreate(): void {
    const { user, info } = this.request;
    this.services.access.authorize(user, info, 'create');
  }

  withDryRun(options: DeleteOptions): RequestTerms {
    const dryRun = options.raw['dryRun'];
    return Array.isArray(dryRun) && dryRun.includes('All') ? { ...this.terms, dryRun: 'All' } : this.terms;
  }
}
