/** What any Kubernetes API server must answer, as sequences of requests, by area. */
import type { ContractCase } from './case.ts';
import { ACCESS } from './cases/access.ts';
import { ADMISSION } from './cases/admission.ts';
import { APPLY } from './cases/apply.ts';
import { CONFLICTS } from './cases/conflicts.ts';
import { DEFINITIONS } from './cases/definitions.ts';
import { DELETION } from './cases/deletion.ts';
import { DEPLOYMENTS } from './cases/deployments.ts';
import { DISCOVERY } from './cases/discovery.ts';
import { ERRORS } from './cases/errors.ts';
import { FIELDS } from './cases/fields.ts';
import { LISTS } from './cases/lists.ts';
import { MALFORMED } from './cases/malformed.ts';
import { NETWORKS } from './cases/networks.ts';
import { OBJECTS } from './cases/objects.ts';
import { PATCHES } from './cases/patches.ts';
import { POD_VALIDATION } from './cases/pod-validation.ts';
import { REFUSALS } from './cases/refusals.ts';
import { ROLES_AND_BINDINGS } from './cases/roles.ts';
import { RULES } from './cases/rules.ts';
import { SUBRESOURCES } from './cases/subresources.ts';
import { TABLES } from './cases/tables.ts';
import { VALIDATION } from './cases/validation.ts';
import { WATCHES } from './cases/watches.ts';
import { WORKLOADS } from './cases/workloads.ts';

export const CONTRACT: Readonly<Record<string, readonly ContractCase[]>> = {
  objects: OBJECTS,
  conflicts: CONFLICTS,
  errors: ERRORS,
  'validation of pods': POD_VALIDATION,
  validation: VALIDATION,
  refusals: REFUSALS,
  'networks and volumes': NETWORKS,
  fields: FIELDS,
  lists: LISTS,
  watches: WATCHES,
  patches: PATCHES,
  apply: APPLY,
  subresources: SUBRESOURCES,
  tables: TABLES,
  deletion: DELETION,
  discovery: DISCOVERY,
  definitions: DEFINITIONS,
  rules: RULES,
  access: ACCESS,
  'roles and bindings': ROLES_AND_BINDINGS,
  admission: ADMISSION,
  deployments: DEPLOYMENTS,
  workloads: WORKLOADS,
  'bad input': MALFORMED,
};
