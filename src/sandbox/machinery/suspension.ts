/**
 * Requests are answered in one piece, without waiting. Where a server outside (a webhook) has to be asked first, the
 * work is broken off, the server asked, and the work begun anew with its answer at hand.
 */
export class Suspended extends Error {
  override readonly name = 'Suspended';
  /** Resolves when it is worth trying again; never rejects. */
  readonly ready: Promise<void>;

  constructor(ready: Promise<void>) {
    super('servers outside are being asked; try again once they have answered');
    this.ready = ready;
  }
}
