/** A model that cannot be used: one line saying what is wrong, where it lies and what to do. */
export class ModelError extends Error {
  override readonly name: string = 'ModelError';
  /** As `EngineError` calls it. */
  readonly code = 'bad-model';

  constructor(message: string, options?: ErrorOptions) {
    super(message.replace(/\s*[\r\n]+\s*/g, ' ').trim(), options);
  }
}

/** A name or path that no model has: whoever typed it meant another. */
export class UnknownModelError extends ModelError {
  override readonly name = 'UnknownModelError';
}
