/** The circumstances of a request, from its query and headers. */
import { invalid } from '../machinery/errors.ts';
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from '../machinery/field-errors.ts';
import { PATCH_TYPES } from './patches.ts';
import type { UserInfo } from '../machinery/identity.ts';
import type { RequestTerms, FieldValidation } from '../machinery/machinery.ts';
import type { RequestInfo } from '../machinery/route.ts';

interface Asked {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws 422. */
export function requestTerms({ info, user, headers }: Asked): RequestTerms {
  const { query, verb } = info;
  const writes = verb !== 'get' && verb !== 'list';
  const agent = (headers['user-agent'] ?? '').split('/')[0] ?? '';
  const terms: RequestTerms = {
    user,
    dryRun: query.get('dryRun') === 'All' ? 'All' : undefined,
    manager: query.get('fieldManager') || (isApply(headers) ? '' : agent),
    validation: (query.get('fieldValidation') || 'Warn') as FieldValidation,
    warnings: [],
    options: {
      ...(query.get('fieldManager') ? { fieldManager: query.get('fieldManager') } : {}),
      ...(query.get('fieldValidation') ? { fieldValidation: query.get('fieldValidation') } : {}),
    },
    by: { user: user.name, agent: headers['user-agent'] ?? '', verb, path: info.path },
  };
  if (writes) checkWriteOptions(info, terms, isApply(headers) ? 'apply' : 'other');
  return terms;
}

const OPTION_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};
const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

const isApply = (headers: Readonly<Record<string, string>>): boolean =>
  (headers['content-type'] ?? '').split(';')[0]?.trim() === PATCH_TYPES.apply;

/** Go's idea of a character that can be shown. */
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

const MAX_MANAGER_BYTES = 128;

/** In the order of k8s.io/apimachinery/pkg/apis/meta/v1/validation. */
function managerErrors(manager: string): readonly FieldError[] {
  const errors: FieldError[] =
    Buffer.byteLength(manager) > MAX_MANAGER_BYTES ? [tooLong('fieldManager', MAX_MANAGER_BYTES)] : [];
  let position = 0;
  for (const character of manager) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    if (!PRINTABLE.test(character))
      errors.push(invalidValue('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
    position += Buffer.byteLength(character);
  }
  return errors;
}

function checkWriteOptions({ query, verb }: RequestInfo, terms: RequestTerms, form: 'apply' | 'other'): void {
  const kind = OPTION_KINDS[verb];
  // Those of deletions are looked at with their body.
  if (kind === undefined) return;
  const errors: FieldError[] = [];
  if (verb === 'patch' && form === 'apply' && terms.manager === '')
    errors.push(required('fieldManager', 'is required for apply patch'));
  if (verb === 'patch' && form === 'other' && query.has('force'))
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  errors.push(...managerErrors(query.get('fieldManager') ?? ''));
  if (query.all('dryRun').some((value) => value !== 'All'))
    errors.push(notSupported('dryRun', query.all('dryRun'), ['All']));
  const validation = query.get('fieldValidation') ?? '';
  if (!FIELD_VALIDATIONS.includes(validation))
    errors.push(notSupported('fieldValidation', validation, FIELD_VALIDATIONS));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
}
