/** The circumstances of a request, from its query and headers. */
import { invalid } from '../machinery/errors.ts';
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from '../machinery/field-errors.ts';
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
    by: { user: user.name, agent: headers['user-agent'] ?? '', verb, path: info.path },
  };
  if (writes) checkWriteOptions(info, terms, isApply(headers) ? 'apply' : 'other');
  return terms;
}

const OPTION_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

const isApply = (headers: Readonly<Record<string, string>>): boolean =>
  (headers['content-type'] ?? '').split(';')[0]?.trim() === PATCH_TYPES.apply;

/** Go's idea of a character that can be shown. */
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function checkWriteOptions({ query, verb }: RequestInfo, terms: RequestTerms, form: 'apply' | 'other'): void {
  const errors: FieldError[] = [];
  if (verb === 'patch' && form === 'apply' && terms.manager === '')
    errors.push(required('fieldManager', 'is required for apply patch'));
  if (verb === 'patch' && form === 'other' && query.get('force')) {
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  const odd = query.get('fieldManager')
    ? Array.from(terms.manager).findIndex((character) => !PRINTABLE.test(character))
    : -1;
  if (odd >= 0) {
    const code = (terms.manager.codePointAt(odd) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    errors.push(invalidValue('fieldManager', terms.manager, `invalid character U+${code} (at position ${odd})`));
  }
  if (query.has('dryRun') && query.all('dryRun').some((value) => value !== 'All'))
    errors.push(notSupported('dryRun', query.all('dryRun'), ['All']));
  const validation = query.get('fieldValidation');
  if (verb !== 'delete' && validation && !['Strict', 'Warn', 'Ignore'].includes(validation)) {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'fieldValidation',
      badValue: validation,
      detail: 'supported values: "", "Ignore", "Strict", "Warn"',
    });
  }
  if (terms.manager.length > 128)
    errors.push({ type: 'FieldValueTooLong', field: 'fieldManager', detail: 'may not be more than 128 bytes' });
  const kind = OPTION_KINDS[verb];
  if (errors.length > 0 && kind) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
}
