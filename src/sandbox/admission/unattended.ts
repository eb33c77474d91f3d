/**
 * What nothing here acts on: it is kept, and whoever writes it is warned. Controllers and kubelets are told nothing.
 */
import type { Draft } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../machinery/machinery.ts';

/**
 * What runs beside the API server. Where it was left out on purpose, nobody expects it to act, and there is nothing to
 * warn of.
 */
export type Component = 'controllers' | 'nodes';

/** What this object does not do; undefined: all is well with it. */
type Judge = (object: Draft) => string | undefined;
const always =
  (text: string): Judge =>
  () =>
    text;

const NO_LIMITS = always('the sandbox limits no requests: this object has no effect');

export const UNATTENDED: readonly (readonly [needs: readonly Component[], kinds: readonly string[], judge: Judge])[] = [
  [
    ['controllers'],
    ['flowcontrol.apiserver.k8s.io/flowschemas', 'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations'],
    NO_LIMITS,
  ],
  [
    ['controllers'],
    ['certificates.k8s.io/certificatesigningrequests'],
    always('the sandbox signs no certificates: whoever needs one must write status.certificate'),
  ],
  [
    ['nodes'],
    ['networking.k8s.io/networkpolicies'],
    always('the sandbox carries no traffic: this NetworkPolicy has no effect'),
  ],
  [
    ['nodes'],
    ['networking.k8s.io/ingresses'],
    always('the sandbox carries no traffic and has no ingress controller: this Ingress gets no address'),
  ],
  [
    ['nodes'],
    ['resource.k8s.io/resourceclaims', 'resource.k8s.io/resourceclaimtemplates'],
    always('the sandbox allocates no devices and makes no claims of templates: pods that use this one stay Pending'),
  ],
  [
    ['nodes'],
    ['node.k8s.io/runtimeclasses'],
    always('the sandbox runs no containers: the handler of this RuntimeClass is ignored'),
  ],
];

export function unattended(running: ReadonlySet<Component>): AdmissionPlugin {
  const warnings = new Map<string, Judge>();
  for (const [needs, kinds, judge] of UNATTENDED) {
    if (needs.every((component) => running.has(component))) for (const kind of kinds) warnings.set(kind, judge);
  }
  return {
    validate: ({ type, subresource, object, terms }: AdmissionAttributes) => {
      if (!object || subresource !== '') return;
      const kind = `${type.group}/${type.resource}`;
      const warning = warnings.get(kind)?.(object);
      if (warning !== undefined) terms.warnings.push(warning);
    },
  };
}
