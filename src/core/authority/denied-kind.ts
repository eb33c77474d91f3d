/**
 * The kinds that configuration denies. A kind that is served in several versions is the same kind in each: a policy
 * that names another version than the configuration does is denied as well.
 */
import type { TargetRef } from '../observation.ts';
import { matchesGlob } from '../../std/glob.ts';
import { groupOf } from '../relations.ts';

type Kind = Pick<TargetRef, 'apiVersion' | 'kind'>;

export const isDenied = ({ apiVersion, kind }: Kind, deniedKinds: readonly string[]): boolean =>
  deniedKinds.some(
    (glob) =>
      matchesGlob(glob, `${apiVersion}/${kind}`) ||
      matchesGlob(withoutVersion(glob), withoutVersion(`${apiVersion}/${kind}`)),
  );

/** `example.com/v1/Thing` → `example.com/Thing`; `v1/Secret` stays, since the core group has one version. */
function withoutVersion(name: string): string {
  const [group, version, ...kind] = name.split('/');
  return version === undefined || kind.length !== 1 ? name : `${group}/${kind[0]}`;
}

/** Of whatever version. */
export const sameKind = (one: Kind, other: Kind): boolean =>
  one.kind === other.kind && groupOf(one.apiVersion) === groupOf(other.apiVersion);
