/** An adapter that cannot be read or applied: one line, what, where, what to do. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  /** As in `EngineError`. */
  readonly code = 'bad-request';
}
