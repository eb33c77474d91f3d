// @ts-check
/**
 * An example of a plugin: executor `image-mirror` of action type `custom` lets the containers of a Deployment pull their images from a mirror.
 *
 *   kubeskippy install --plugin examples/plugins/image-mirror/index.js    its permissions into the ClusterRole
 *   kubeskippy run     --plugin examples/plugins/image-mirror/index.js
 *
 * @typedef {{ name: string, image?: string }} Container
 */

const ATTEMPT = 'kubeskippy.io/attempt';

/** @type {import('../../../src/core/actions/plugin.ts').Plugin} */
export const plugin = {
  apiVersion: 'kubeskippy.io/plugin-v1',
  name: 'image-mirror',
  executors: {
    'image-mirror': {
      kinds: ['Deployment'],
      proof: 'healed',
      rbac: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }],
      parameters: {
        from: { description: 'Prefix of the images that cannot be pulled: registry.example/', required: true, problem: prefix },
        to: { description: 'What stands there instead: mirror.example/', required: true, problem: prefix },
      },
      plan: ({ target, template, path, marker }) => {
        const { from = '', to = '' } = template.customAction?.parameters ?? {};
        const moved = containersOf(target).filter(({ image = '' }) => image.startsWith(from));
        const where = `Deployment ${target.metadata.namespace}/${target.metadata.name}`;
        if (moved.length === 0) return { kind: 'refused', reason: 'NothingToMove', message: `no image of ${where} begins with ${from}` };
        /** @param {(image: string) => string} imageOf */
        const images = (imageOf) => moved.map(({ name, image = '' }) => ({ name, image: imageOf(image) }));
        /** @param {object[]} containers @param {object} metadata */
        const body = (containers, metadata) => JSON.stringify({ metadata, spec: { template: { spec: { containers } } } });
        const { uid, resourceVersion } = target.metadata;
        const summary = `pull the images of ${where} from ${to} instead of ${from}`;
        const common = { method: /** @type {const} */ ('PATCH'), path, contentType: 'application/strategic-merge-patch+json' };
        return {
          kind: 'requests',
          summary,
          requests: [
            {
              ...common,
              // The API server compares both: it changes what was looked at, or nothing.
              body: body(
                images((image) => to + image.slice(from.length)),
                { uid, resourceVersion, annotations: { [ATTEMPT]: marker } },
              ),
              description: summary,
            },
          ],
          changes: moved.map(({ name, image = '' }) => ({
            resourceRef: `Deployment/${target.metadata.namespace}/${target.metadata.name}`,
            changeType: 'patch',
            field: `spec.template.spec.containers[${name}].image`,
            oldValue: image,
            newValue: to + image.slice(from.length),
          })),
          next: 'verify',
        };
      },
      // The marker is written with the change: it tells whether the change was made.
      classify: ({ target, uid, marker }) => {
        if (target?.metadata.uid !== uid) return 'superseded';
        const written = target.metadata.annotations?.[ATTEMPT];
        return written?.split('/')[0] === marker.split('/')[0] ? 'done' : 'not done';
      },
    },
  },
};

/** @param {string} value */
function prefix(value) {
  return value.endsWith('/') ? undefined : 'must end with a slash, so that it is a whole part of the name';
}

/** @param {import('../../../src/api/kube.ts').KubeObject} target @returns {readonly Container[]} */
function containersOf(target) {
  const { spec } = /** @type {{ spec?: { template?: { spec?: { containers?: Container[] } } } }} */ (/** @type {unknown} */ (target));
  return spec?.template?.spec?.containers ?? [];
}
