// @ts-check
/**
 * An example of a plugin: executor `image-mirror` of action type `custom` lets the containers of a Deployment pull
 * their images from a mirror.
 *
 *   kubeskippy install --plugin examples/plugins/image-mirror/index.js    its permissions into the ClusterRole
 *   kubeskippy run     --plugin examples/plugins/image-mirror/index.js
 *
 * @typedef {{ name: string, image?: string }} Container
 */

const ATTEMPT = 'kubeskippy.io/attempt';

/** @type {import('kubeskippy/plugin').Plugin} */
export const plugin = {
  apiVersion: 'kubeskippy.io/plugin-v1',
  name: 'image-mirror',
  executors: {
    'image-mirror': {
      kinds: ['Deployment'],
      proof: 'healed',
      rbac: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }],
      parameters: {
        from: {
          description: 'Prefix of the images that cannot be pulled: registry.example/',
          required: true,
          problem: prefix,
        },
        to: { description: 'What stands there instead: mirror.example/', required: true, problem: prefix },
      },
      plan: ({ target, template, path, marker }) => {
        const { from = '', to = '' } = template.customAction?.parameters ?? {};
        const moved = containersOf(target).flatMap(({ name, image = '' }, index) =>
          image.startsWith(from)
            ? [{ name, at: `/spec/template/spec/containers/${index}`, image, copy: to + image.slice(from.length) }]
            : [],
        );
        const where = `Deployment ${target.metadata.namespace}/${target.metadata.name}`;
        if (moved.length === 0)
          return { kind: 'refused', reason: 'NothingToMove', message: `no image of ${where} begins with ${from}` };
        const { uid, resourceVersion } = target.metadata;
        const containers = moved.map(({ name, copy }) => ({ name, image: copy }));
        const summary = `pull the images of ${where} from ${to} instead of ${from}`;
        return {
          kind: 'requests',
          summary,
          requests: [
            {
              method: 'PATCH',
              path,
              contentType: 'application/strategic-merge-patch+json',
              // The API server compares uid and resourceVersion: it changes what was looked at, or nothing.
              body: JSON.stringify({
                metadata: { uid, resourceVersion, annotations: { [ATTEMPT]: marker } },
                spec: { template: { spec: { containers } } },
              }),
              precondition: { uid, resourceVersion },
              description: summary,
              // Sent when it did not help, only while every pointer of `guard` has the JSON beside it; the operator
              // adds uid and resourceVersion.
              inverse: {
                method: 'PATCH',
                path,
                contentType: 'application/json-patch+json',
                body: JSON.stringify(
                  moved.map(({ at, image }) => ({ op: 'replace', path: `${at}/image`, value: image })),
                ),
                description: `pull the images of ${where} from ${from} again`,
                guard: values(
                  moved.flatMap(({ at, name, copy }) => [
                    [`${at}/name`, name],
                    [`${at}/image`, copy],
                  ]),
                ),
                restores: values(moved.map(({ at, image }) => [`${at}/image`, image])),
              },
            },
          ],
          changes: moved.map(({ name, image, copy }) => ({
            resourceRef: `Deployment/${target.metadata.namespace}/${target.metadata.name}`,
            changeType: 'patch',
            field: `spec.template.spec.containers[${name}].image`,
            oldValue: image,
            newValue: copy,
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

/** @param {[pointer: string, value: string][]} entries @returns {Record<string, string>} */
function values(entries) {
  return Object.fromEntries(entries.map(([pointer, value]) => [pointer, JSON.stringify(value)]));
}

/** @param {string} value */
function prefix(value) {
  return value.endsWith('/') ? undefined : 'must end with a slash, so that it is a whole part of the name';
}

/** @param {import('kubeskippy/plugin').KubeObject} target @returns {readonly Container[]} */
function containersOf(target) {
  const { spec } = /** @type {{ spec?: { template?: { spec?: { containers?: Container[] } } } }} */ (
    /** @type {unknown} */ (target)
  );
  return spec?.template?.spec?.containers ?? [];
}
