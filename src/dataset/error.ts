/** A dataset that cannot be read or edited: one line saying what is wrong, where it lies and what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code = 'bad-dataset';

  constructor(message: string, options?: ErrorOptions) {
    super(message.replace(/\s*[\r\n]+\s*/g, ' ').trim(), options);
  }
}
