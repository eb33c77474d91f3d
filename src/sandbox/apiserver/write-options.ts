/** The circumstances of a request, from its query and headers. */
import { invalid } from './errors.ts';
import { type FieldError, notSupported } from './field-errors.ts';
import type { UserInfo } from './identity.ts';
import type { Call, FieldValidation } from './machinery.ts';
import type { RequestInfo } from './route.ts';

interface Asked {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws 422. */
export function callOf({ info, user, headers }: Asked): Call {
  const { query, verb } = info;
  const writes = verb !== 'get' && verb !== 'list';
  const agent = (headers['user-agent'] ?? '').split('/')[0] ?? '';
  const call: Call = {
    user,
    dryRun: query.get('dryRun') === 'All' ? 'All' : undefined,
    manager: query.get('fieldManager') || agent,
    validation: (query.get('fieldValidation') || 'Warn') as FieldValidation,
    warnings: [],
  };
  if (writes) checkWriteOptions(info, call);
  return call;
}

const OPTION_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

function checkWriteOptions({ query, verb }: RequestInfo, call: Call): void {
  const errors: FieldError[] = [];
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
  if (call.manager.length > 128)
    errors.push({ type: 'FieldValueTooLong', field: 'fieldManager', detail: 'may not be more than 128 bytes' });
  const kind = OPTION_KINDS[verb];
  if (errors.length > 0 && kind) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
}
