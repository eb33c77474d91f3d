/** Which form an answer takes, from the Accept header; which form a body has, from Content-Type. */
import { notAcceptable, refuse, unsupportedMediaType } from '../machinery/errors.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const MEDIA_TYPES = ['application/json', 'application/yaml', PROTOBUF] as const;

export interface Accepted {
  readonly media: 'json' | 'yaml' | 'protobuf';
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
      // The server compares them to the letter.
      return { media, parameters, quality: Number(parameters.get('q') ?? 1) };
    })
    .filter(({ media }) => media !== '')
    .sort((a, b) => b.quality - a.quality);
}

const FORMS: Readonly<Record<string, Accepted['media']>> = {
  'application/json': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
  [PROTOBUF]: 'protobuf',
};

/**
 * What a path has. Objects can be shown as Table or PartialObjectMetadata; custom ones, and here metrics, have no
 * protobuf of their own.
 */
export type Offers = 'objects' | 'custom objects' | 'plain' | 'discovery';

/** Throws 406. */
export function negotiate(accept: string | undefined, offers: Offers): Accepted {
  if (!accept) return { media: 'json', contentType: 'application/json', version: '' };
  let known = false;
  for (const { media, parameters } of clauses(accept)) {
    const as = parameters.get('as');
    const group = parameters.get('g');
    const version = parameters.get('v') ?? '';
    // Only the handler of custom objects looks for more than the exact name.
    const form = offers === 'custom objects' && media === 'application/*' ? 'json' : FORMS[media];
    if (!form) continue;
    const shown = offers === 'objects' || offers === 'custom objects';
    // Discovery is asked for in JSON by every client there is; the sandbox has no other.
    if (form === 'protobuf' && !shown) continue;
    known = true;
    const contentType = form === 'json' ? 'application/json' : form === 'yaml' ? 'application/yaml' : PROTOBUF;
    if (as === undefined) {
      if (form === 'protobuf' && offers === 'custom objects') continue;
      return { media: form, contentType, version: '' };
    }
    if (shown && group === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1')) {
      // The cells of a table are JSON values.
      if (as === 'Table' && form !== 'protobuf') return { media: form, as, contentType, version };
      if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
        return { media: form, as, contentType, version };
    }
    if (
      offers === 'discovery' &&
      as === 'APIGroupDiscoveryList' &&
      group === 'apidiscovery.k8s.io' &&
      (version === 'v2' || version === 'v2beta1')
    ) {
      return {
        media: form,
        as,
        contentType: `${contentType};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
        version,
      };
    }
  }
  // Told apart by where the real server notices: no such form at all, or not with these parameters.
  throw known || offers === 'custom objects' ? notAcceptable(MEDIA_TYPES) : noSuchForm();
}

/** Events follow each other in JSON or protobuf. Throws 406. */
export function checkStream({ media }: Accepted): void {
  if (media === 'yaml') throw notAcceptable(['application/json', PROTOBUF].map((type) => `${type};stream=watch`));
}

const noSuchForm = () =>
  refuse({
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${MEDIA_TYPES.join(', ')}`,
    details: {},
  });

/**
 * The form in which a refusal goes out: what Accept asked for first of all that a server has. Decided before the path
 * is known to lead anywhere.
 */
export function refusalForm(accept: string | undefined): Accepted['media'] {
  // A refusal is an object that is never shown as another.
  const first = clauses(accept ?? '').find(({ media, parameters }) => FORMS[media] && !parameters.has('as'));
  return FORMS[first?.media ?? ''] ?? 'json';
}

/** Form of a request's body. Absent or empty is JSON. Throws 415. */
export function bodyForm(
  contentType: string | undefined,
  accepted: readonly string[] = MEDIA_TYPES,
): 'json' | 'yaml' | 'protobuf' {
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (media === '' || media === 'application/json') return 'json';
  if (media === 'application/yaml') return 'yaml';
  if (media === PROTOBUF) return 'protobuf';
  throw unsupportedMediaType(accepted);
}
