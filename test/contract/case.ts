/**
 * A sequence of requests and what any Kubernetes API server must answer. Runs against the sandbox in process and over HTTP, and against
 * the cluster that KUBECONFIG names. `{ns}` is a namespace of the case's own, `{id}` a random word.
 */
export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Default: JSON, merge patch for PATCH. */
  readonly contentType?: string;
  readonly status: number;
  /** Dotted paths into the answer; `undefined` means absent. */
  readonly expect?: Readonly<Record<string, unknown>>;
  /** Values to keep for later steps, as `{name}`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Asked again until it holds, at most ten seconds (a CRD's new path). */
  readonly eventually?: true;
}

export interface ContractCase {
  readonly title: string;
  readonly steps: readonly Step[];
}
