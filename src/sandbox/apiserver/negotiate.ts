/** Which form an answer takes, from the Accept header; which form a body has, from Content-Type. */
import { notAcceptable, refuse, unsupportedMediaType } from './errors.ts';

export const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;

export interface Accepted {
  readonly media: 'json' | 'yaml';
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList';
  /** As the answer's content type names it. */
  readonly contentType: string;
  /** Version of the asked-for form. */
  readonly version: string;
}

interface Clause {
  readonly media: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function clauses(accept: string): readonly Clause[] {
  return accept
    .split(',')
    .map((part) => {
      const [media = '', ...rest] = part.split(';').map((piece) => piece.trim());
      const parameters = new Map(
        rest.map((piece) => {
          const cut = piece.indexOf('=');
          return [piece.slice(0, cut).toLowerCase(), piece.slice(cut + 1).replace(/^"|"$/g, '')] as const;
        }),
      );
      return { media: media.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1) };
    })
    .filter(({ media }) => media !== '')
    .sort((a, b) => b.quality - a.quality);
}

const JSON_LIKE = new Set(['application/json', '*/*']);

/** `tables`: the path has objects that can be shown as Table or PartialObjectMetadata. Throws 406. */
export function negotiate(accept: string | undefined, offers: 'objects' | 'plain' | 'discovery'): Accepted {
  if (!accept) return { media: 'json', contentType: 'application/json', version: '' };
  let known = false;
  for (const { media, parameters } of clauses(accept)) {
    const as = parameters.get('as');
    const group = parameters.get('g');
    const version = parameters.get('v') ?? '';
    const form = JSON_LIKE.has(media) ? 'json' : media === 'application/yaml' ? 'yaml' : undefined;
    if (!form) continue;
    known = true;
    const contentType = form === 'json' ? 'application/json' : 'application/yaml';
    if (as === undefined) return { media: form, contentType, version: '' };
    if (offers === 'objects' && group === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1')) {
      if (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
        return { media: form, as, contentType, version };
    }
    if (
      offers === 'discovery' &&
      as === 'APIGroupDiscoveryList' &&
      group === 'apidiscovery.k8s.io' &&
      (version === 'v2' || version === 'v2beta1')
    ) {
      return { media: form, as, contentType: `${contentType};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`, version };
    }
  }
  // Told apart by where the real server notices: no such form at all, or not with these parameters.
  throw known ? notAcceptable(MEDIA_TYPES) : noSuchForm();
}

const noSuchForm = () =>
  refuse({ reason: 'NotAcceptable', message: `406: Not Acceptable\n\nAvailable representations: ${MEDIA_TYPES.join(', ')}`, details: {} });

/** Form of a request's body. Absent or empty is JSON. Throws 415. */
export function bodyForm(contentType: string | undefined, accepted: readonly string[] = MEDIA_TYPES): 'json' | 'yaml' | 'protobuf' {
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (media === '' || media === 'application/json') return 'json';
  if (media === 'application/yaml') return 'yaml';
  if (media === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  throw unsupportedMediaType(accepted);
}
