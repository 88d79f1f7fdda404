/** Why an evaluation ended: one line, what, where, what to do. Codes are those of the engine's errors. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  constructor(
    readonly code: 'cancelled' | 'bad-request' | 'bad-model',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
