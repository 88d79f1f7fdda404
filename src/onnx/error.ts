/** Where in a model something went wrong. Every part is optional; what is known is printed. */
export interface OnnxErrorPlace {
  readonly file?: string;
  readonly node?: string;
  readonly operator?: string;
  /** A route through the graph, e.g. `sample → up.2 → loss`, or a field in a file's header. */
  readonly path?: string;
}

/** The one error of this room: a single line saying what is wrong and where, with the parts kept for programs. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  readonly what: string;
  readonly place: OnnxErrorPlace;

  constructor(what: string, place: OnnxErrorPlace = {}) {
    const where = [
      place.operator && `operator ${place.operator}`,
      place.node !== undefined && `node "${place.node}"`,
      place.path && `path ${place.path}`,
      place.file && `file ${place.file}`,
    ].filter(Boolean);
    super(oneLine(where.length > 0 ? `${what} (${where.join(', ')})` : what));
    this.what = what;
    this.place = place;
  }

  /** The same error, told from further out: places already known are kept. */
  within(place: OnnxErrorPlace): OnnxError {
    return new OnnxError(this.what, { ...place, ...this.place });
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
