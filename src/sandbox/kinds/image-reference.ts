/** References to images, as Kubernetes reads them. https://pkg.go.dev/github.com/distribution/reference */

const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const TAG = '\\w[\\w.-]{0,127}';
const DIGEST = 'sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}';
const REFERENCE = new RegExp(`^(${DOMAIN}/${PATH_PART}(?:/${PATH_PART})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const IDENTIFIER = /^[a-f0-9]{64}$/;
const MOST_NAME = 255;

/** With the registry and the folder that a short name leaves out. */
function spelledOut(image: string): string {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(slash, 0));
  const named = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  if (named) return image;
  return slash < 0 ? `docker.io/library/${image}` : `docker.io/${image}`;
}

/** The tag that is pulled; `latest` where none is written; empty where there is a digest or no sense in it. */
function tagOf(image: string): string {
  if (IDENTIFIER.test(image)) return '';
  const [, name = '', tag = '', digest = ''] = REFERENCE.exec(spelledOut(image)) ?? [];
  if (name === '' || name.length > MOST_NAME) return '';
  return tag === '' && digest === '' ? 'latest' : tag;
}

/** Latest tags are pulled each time, others when absent. A reference that cannot be read has no tag. */
export const pullPolicy = (image: string): string => (tagOf(image) === 'latest' ? 'Always' : 'IfNotPresent');
