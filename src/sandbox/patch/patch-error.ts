/** A patch that cannot be read or applied, in the server's words; the API layer turns it into a Status. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  /** `malformed`: 400. `refused`: 422 without a reason of its own. `internal`: 500. `tooLarge`: 413. */
  readonly kind: 'malformed' | 'refused' | 'internal' | 'tooLarge';

  constructor(kind: PatchError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
