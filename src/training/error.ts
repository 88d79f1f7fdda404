/** A run that cannot be made: one line, what, where, what to do. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';

  constructor(
    /** As in `EngineError`. */
    readonly code: 'bad-request' | 'bad-model' | 'not-ours' | 'disk' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
