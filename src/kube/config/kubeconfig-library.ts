/** The one class that is used of a package with a client for every API, so that the bundle can leave out the rest. */
export { KubeConfig } from '@kubernetes/client-node';
