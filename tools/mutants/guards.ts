/** The guards that keep people from making the operator do more than they may, and the test of each. */

export interface Guard {
  readonly name: string;
  readonly file: string;
  /** The text of the guard, which stands once in the file. */
  readonly guard: string;
  /** What stands there without it. */
  readonly without: string;
  /** The test file that has to go red. */
  readonly test: string;
}

export const GUARDS: readonly Guard[] = [
  {
    name: 'queries: every selector is bound to the namespace of the policy',
    file: 'src/promql/analysis/confine.ts',
    guard: 'matchers: [matcher, ...one.matchers]',
    without: 'matchers: one.matchers',
    test: 'test/attacks/queries-of-another-team.test.ts',
  },
  {
    name: 'queries: series of nodes are refused outside clusterPolicyNamespaces',
    file: 'src/adapters/metrics/provider.ts',
    guard: '.find((name) => OF_THE_CLUSTER.test(name))',
    without: '.find(() => false)',
    test: 'test/attacks/queries-of-another-team.test.ts',
  },
  {
    name: 'queries: only labels that name an object are shown',
    file: 'src/core/triggers/metric.ts',
    guard: '.filter(([name]) => namesObject(name))',
    without: '',
    test: 'src/core/triggers/metric.test.ts',
  },
  {
    name: 'relations: an Event is about the object that it names',
    file: 'src/core/relations.ts',
    guard: 'subject?.kind === object.kind &&',
    without: 'true ||',
    test: 'src/core/relations.test.ts',
  },
  {
    name: 'relations: an Event speaks of its own namespace',
    file: 'src/core/relations.ts',
    guard: 'return namespace === metadata.namespace ? { kind, namespace, name } : undefined;',
    without: 'return { kind, namespace, name };',
    test: 'src/core/relations.test.ts',
  },
  {
    name: 'relations: Events about cluster-scoped objects lie where members of namespaces cannot write',
    file: 'src/core/relations.ts',
    guard: "OF_THE_CLUSTER.has(metadata.namespace ?? '') ?",
    without: 'true ?',
    test: 'src/core/relations.test.ts',
  },
  {
    name: 'relations: an owner lies in the namespace of what it owns',
    file: 'src/core/relations.ts',
    guard: 'if (metadata.namespace !== undefined && metadata.namespace !== namespace) return false;',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'relations: an owner has the kind and the name of the reference',
    file: 'src/core/relations.ts',
    guard: 'reference.name === metadata.name &&',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'relations: pods of a workload are those that it owns',
    file: 'src/operator/world.ts',
    guard: '.filter((one) => owns(owner, one))',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'relations: a chain of owners ends where a reference names another object',
    file: 'src/operator/world.ts',
    guard: 'if (named !== undefined && known === undefined) break;',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'names: a path is made of names that are one part each',
    file: 'src/kube/resource.ts',
    guard: 'if (PATH_SEGMENT.test(text)) return',
    without: 'return',
    test: 'src/kube/resource.test.ts',
  },
  {
    name: 'names: the schema takes no name that is a path',
    file: 'src/api/fields.ts',
    guard: 'field(z.string().min(1).max(MAX_NAME).regex(PATH_SEGMENT), description);',
    without: 'field(z.string().min(1).max(MAX_NAME), description);',
    test: 'test/attacks/names-that-are-paths.test.ts',
  },
  {
    name: 'names: an answer is the object that was asked for',
    file: 'src/kube/client.ts',
    guard: 'if (other === undefined) return answer;',
    without: 'if (other !== null) return answer;',
    test: 'src/kube/resource.test.ts',
  },
  {
    name: 'kinds: one that could never be read holds nothing else back',
    file: 'src/operator/world.ts',
    guard: 'if (cache.hasSynced && lease.refusal() !== undefined)',
    without: 'if (lease.refusal() !== undefined)',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: one that may not be read any more holds back the policies that select it',
    file: 'src/operator/world.ts',
    guard: 'for (const kind of kinds) {',
    without: 'for (const kind of kinds.slice(0, 0)) {',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: a watch ends with the last policy that selects the kind',
    file: 'src/operator/target/watched-kinds.ts',
    guard: 'this.#config.world.unwatch(watched.type);',
    without: '',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: those that configuration denies are not watched',
    file: 'src/core/target/policy-problems.ts',
    guard: '.filter((resource) => isDenied(resource, rules.deniedKinds))',
    without: '.filter(() => false)',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: those that configuration denies are never targets',
    file: 'src/core/gates/protected.ts',
    guard: 'if (limits.deniedKinds.some((glob) => matchesGlob(glob, kind)))',
    without: 'if (limits.deniedKinds.some(() => false))',
    test: 'src/core/gates/protected.test.ts',
  },
  {
    name: 'reach: a request lies within what its type and target allow',
    file: 'src/core/authority/path-check.ts',
    guard: "if (line === undefined) return no('OutOfReach', `${shown(request)} is nothing that ${what} may send`);",
    without:
      "if (line === undefined) return { within: 'the target', line: { to: 'the target', method: 'PATCH', fields: ['/**'] }, address };",
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: a path is written in the one way that the operator writes',
    file: 'src/core/authority/request-path.ts',
    guard: "return encodeURIComponent(part) === text.replaceAll(':', '%3A') ? part : undefined;",
    without: 'return part;',
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: each part of a path is one name',
    file: 'src/core/authority/request-path.ts',
    guard: 'if (part === undefined || !PATH_SEGMENT.test(part)) return undefined;',
    without: 'if (part === undefined) return undefined;',
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: a way back calls no endpoint and removes nothing',
    file: 'src/core/authority/path-check.ts',
    guard: "const isPatch = inverse.method === 'PATCH' &&",
    without: "const isPatch = inverse.method !== 'GET' &&",
    test: 'test/attacks/requests-beyond-the-target.test.ts',
  },
  {
    name: 'reach: a way back is judged before anything is read at its path',
    file: 'src/operator/action/reach-check.ts',
    guard: "return { kind: 'impossible', message: `${found.reason}: ${found.message}` };",
    without: "await live.client.request({ method: 'GET', path: inverse.path });",
    test: 'test/attacks/requests-beyond-the-target.test.ts',
  },
  {
    name: 'reach: every request is asked about between its intent and its sending',
    file: 'src/operator/action/sending.ts',
    guard: 'const refusal = await asked(check, request);',
    without: 'const refusal = undefined as ServerRefusal | undefined;',
    test: 'test/attacks/requests-beyond-the-target.test.ts',
  },
  {
    name: 'reach: a policy or an action reaches its own namespace alone',
    file: 'src/core/authority/path-check.ts',
    guard: 'if (namespace === home || scope.clusterPolicyNamespaces.includes(home)) return undefined;',
    without: 'return undefined;',
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: an action of a policy lies where its target lies',
    file: 'src/core/authority/path-check.ts',
    guard: 'if (action.spec.policyRef !== undefined && action.namespace !== (target.namespace ?? home))',
    without: 'if (action.spec.policyRef === null)',
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: another object belongs to the target',
    file: 'src/core/authority/path-check.ts',
    guard: 'if (!isOurs()) return',
    without: "if (!isOurs() && line.to === 'the target') return",
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: a mark on another object protects it',
    file: 'src/core/authority/path-check.ts',
    guard: "return why === undefined ? undefined : no('Protected', why);",
    without: 'return undefined;',
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: the object that was read is the one at the path',
    file: 'src/core/authority/path-check.ts',
    guard: 'if (!isAt(object, address)) return',
    without: 'if (object === null) return',
    test: 'src/core/authority/path-check.test.ts',
  },
  {
    name: 'reach: a patch changes what its type declares',
    file: 'src/core/authority/request-body.ts',
    guard: 'return outside.length === 0 ? undefined : `it changes ${listOf(outside)}`;',
    without: 'return undefined;',
    test: 'test/attacks/requests-beyond-the-target.test.ts',
  },
  {
    name: 'reach: a patch is held to the object and its version',
    file: 'src/core/authority/request-body.ts',
    guard:
      "if (held === undefined) return 'it is not held to the object and the version that were read';\n  if (held.uid !== uid) return 'it is held to another object';",
    without: 'if (held === undefined) return undefined;',
    test: 'src/core/authority/request-body.test.ts',
  },
  {
    name: 'reach: a body can be read in one way only',
    file: 'src/core/authority/request-body.ts',
    guard: 'return JSON.stringify(value) === request.body ? value : undefined;',
    without: 'return value;',
    test: 'src/core/authority/request-body.test.ts',
  },
  {
    name: 'reach: a pointer begins with a slash',
    file: 'src/core/authority/patched.ts',
    guard: "(value === '' || value.startsWith('/'))",
    without: 'value !== null',
    test: 'src/core/authority/request-body.test.ts',
  },
  {
    name: 'reach: an eviction is of the pod at its path',
    file: 'src/core/authority/request-body.ts',
    guard: 'if (canonicalJson(rest) !== canonicalJson(wanted)) return',
    without: 'if (rest === null) return',
    test: 'src/core/authority/request-body.test.ts',
  },
];
