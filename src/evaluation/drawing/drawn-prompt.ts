/** What a suite of pictures asks for, and what it saw. */
import type { Mask } from '../pixels/mask';

/** A prompt; what its pictures must show is the suite's. */
export interface Asked {
  readonly prompt: string;
}

/** One picture as a suite sees it. */
export interface SeenPicture<Mark extends string> {
  /** 1 where it is right. */
  readonly marks: Readonly<Record<Mark, number>>;
  /** What is drawn, to tell repetitions; `null` if nothing is. */
  readonly bits: Mask | null;
  /** What the judge takes it for; `null` if nothing is drawn. */
  readonly likeliest: string | null;
}

/** How a suite looks. */
export interface Eye<Wanted extends Asked, Mark extends string> {
  /** Sees a picture, 64×64×3 bytes, as what was asked for. */
  look(rgb: Uint8Array, asked: Wanted): Promise<SeenPicture<Mark>>;
  /** The overlap from which on two drawings are one. */
  readonly same: number;
}

/** One prompt with everything that was drawn and seen of it. */
export interface DrawnPrompt<Wanted extends Asked, Mark extends string> {
  readonly asked: Wanted;
  /** One per picture. */
  readonly marks: readonly Readonly<Record<Mark, number>>[];
  readonly bits: readonly (Mask | null)[];
  /** The first picture. */
  readonly first: Uint8Array;
  readonly likeliest: string | null;
}
