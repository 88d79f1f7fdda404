/** Why a picture could not be drawn: one line, what happened, where, and what to do next. */
export class DiffusionError extends Error {
  override readonly name = 'DiffusionError';
  constructor(
    /** As `EngineError` calls it. */
    readonly code: 'cancelled' | 'bad-request' | 'bad-model' | 'numeric' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.replace(/\s*[\r\n]+\s*/g, ' ').trim(), options);
  }
}
