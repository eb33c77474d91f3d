/**
 * A sequence of requests and what any Kubernetes API server must answer. Runs against the sandbox in process and over
 * HTTP, and against the cluster that KUBECONFIG names. `{ns}` is a namespace of the case's own, `{id}` a random word,
 * `{name}` what a step kept.
 */
export type Step = Request | Watching;

/**
 * Paths into an answer → what stands there. Paths are dotted; `[*]` is every element, `[key=value]` the element that
 * has it, `[any.key]` a key with dots in it. `undefined` means absent; a pattern is matched, anything else must be
 * equal.
 */
export type Expected = Readonly<Record<string, unknown>>;

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  /** Beside `accept`, `user-agent` and `content-type`, or in their place. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Who asks, by impersonation. Default: whoever runs the suite, who may do everything. */
  readonly as?: string;
  readonly status: number;
  readonly expect?: Expected;
  /** The texts of the Warning headers, all of them. Not looked at when left out. */
  readonly warnings?: readonly (string | RegExp)[];
  /** Values to keep for later steps, as `{name}`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Asked again until it holds (a controller's work, a new kind's path). */
  readonly eventually?: true;
}

export interface Watching {
  readonly watch: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Played once the watch is open. */
  readonly during: readonly Request[];
  /** The first events, in order, with what they hold. */
  readonly events: readonly (readonly [type: string, expect: Expected])[];
  /** The server ends the watch after them. */
  readonly closes?: true;
}

/**
 * What a target may lack. `access`: authentication and authorization, and the caller may impersonate. `controllers`:
 * the controller manager. `nodes`: at least two that run pods.
 */
export type Need = 'access' | 'controllers' | 'nodes';

export interface ContractCase {
  readonly title: string;
  readonly steps: readonly Step[];
  /** A target without them leaves the case out. */
  readonly needs?: readonly Need[];
  /** What lies outside the case's namespace is removed by these, whatever happened; their answers do not count. */
  readonly after?: readonly Request[];
}
