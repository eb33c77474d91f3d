/** `kubeskippy diagnose`: reads, analyses by rules, and prints causes. Sends reads only, and needs no operator. */
import { analyze } from '../../core/analysis/analyze.ts';
import { bundleOf } from '../../core/analysis/bundle.ts';
import { type ObjectRef, refText } from '../../core/analysis/evidence.ts';
import type { AnalysisKind } from '../../core/analysis/objects.ts';
import { sceneOf } from '../../core/analysis/scene.ts';
import type { Snapshot } from '../../core/analysis/snapshot.ts';
import { PARTS } from '../../operator/analysis/parts.ts';
import { toTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { type AnswerForm, answerIn, sentenceWidth, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { kindOf } from '../kind-words.ts';
import { answerText } from './answer-text.ts';
import { gather } from './gather.ts';

export interface DiagnoseOptions extends ConnectOptions {
  /** `deployment/web`; omitted: everything in the namespace. */
  readonly object?: string | undefined;
  readonly namespace?: string | undefined;
  readonly allNamespaces?: true | undefined;
  readonly logs?: true | undefined;
  readonly output: AnswerForm;
}

/** A person who has waited for so long is told how far it is. */
const SILENCE_MS = 1000;

export async function diagnose(options: DiagnoseOptions, environment: CliEnvironment): Promise<void> {
  const { signal, stdout, stderr, clock } = environment;
  const asked = options.object === undefined ? undefined : kindAndName(options.object);
  const { client, serverClock } = await clusterClient(options, environment);
  const namespace =
    options.allNamespaces === true || asked?.kind === 'Node' ? undefined : (options.namespace ?? 'default');
  const began = clock.monotonic();
  const snapshot = await gather({
    client,
    clock: serverClock,
    namespace,
    logs: options.logs === true ? 'read' : 'leave',
    say: (text) => {
      if (clock.monotonic() - began >= SILENCE_MS) stderr.write(text);
    },
    signal,
  });
  const ref = asked && refIn(asked, namespace);
  stdout.write(
    answered(snapshot, { ref, namespace, output: options.output, width: sentenceWidth(widthOf(environment)) }),
  );
}

interface Question {
  readonly ref: ObjectRef | undefined;
  readonly namespace: string | undefined;
  readonly output: DiagnoseOptions['output'];
  /** Of the rows of its text. */
  readonly width: number;
}

/** The answer to the question of the flags, as text or as JSON. */
export function answered(snapshot: Snapshot, { ref, namespace, output, width }: Question): string {
  if (ref !== undefined && snapshot.find(ref.kind as AnalysisKind, ref) === undefined)
    throw new CliError(
      snapshot.sees(ref.kind as AnalysisKind, ref.namespace)
        ? `${refText(ref)} does not exist`
        : `${refText(ref)} cannot be read: ${snapshot.gaps.find(({ kind }) => kind === ref.kind)?.why}`,
    );
  const analysis = analyze(snapshot, ref && sceneOf(snapshot, ref));
  const what = ref !== undefined ? refText(ref) : namespace === undefined ? 'the cluster' : `namespace ${namespace}`;
  const bundle = ref && bundleOf(snapshot, ref, analysis);
  const about = ref ?? { kind: 'Namespace', name: namespace ?? '*' };
  const value = { about, ...analysis, at: toTimestamp(snapshot.at), ...given({ bundle }) };
  return answerIn(output, value, () => answerText(analysis, { what, width }));
}

const CLUSTER_WIDE: ReadonlySet<string> = new Set(
  PARTS.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind),
);

const refIn = ({ kind, name }: ObjectRef, namespace: string | undefined): ObjectRef => ({
  kind,
  ...(!CLUSTER_WIDE.has(kind) && namespace !== undefined && { namespace }),
  name,
});

/** `Deployment/web`, `deploy/web`, `pods/web-1`. */
export function kindAndName(text: string): ObjectRef {
  const [word = '', name = '', ...rest] = text.split('/');
  const kind = kindOf(word);
  if (kind === undefined || name === '' || rest.length > 0)
    throw new CliError(
      `${text} is not KIND/NAME with a kind that can be diagnosed: for example deployment/web, pod/web-1, node/worker-1`,
      { exitCode: 2 },
    );
  return { kind, name };
}
