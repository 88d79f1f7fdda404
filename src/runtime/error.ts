/** A model that cannot be opened, or a feed that does not fit it: one line that names the file and the input. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  /** As `EngineError` calls it: the graph is at fault, or the run itself failed. */
  constructor(
    readonly code: 'bad-model' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.replace(/\s*[\r\n]+\s*/g, ' ').trim(), options);
  }
}
