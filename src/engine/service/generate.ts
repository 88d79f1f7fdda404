/** One job from its turn to its files: draw, encode, write. Between any two of these it can be cancelled. */
import { encodePng, encodePreview, setTextChunks, writePicture } from '../../image';
import type { GenerateRequest } from '../../prompt/request';
import { EngineError, type GenerateResult, type JobOptions, type JobPhase } from '../engine';
import { yieldNow, type Drawer, type DrawHooks, type Drawn, type EngineFacts } from './drawer';
import { Previews } from './previews';

export interface GenerateJob extends Pick<JobOptions, 'onProgress' | 'onPreview'> {
  /** With every SHA-256 filled in. */
  requests: readonly GenerateRequest[];
  /** A picture for each request. */
  draw(hooks: DrawHooks): Promise<Drawn[]>;
  facts: Drawer['facts'];
  /** What a picture says about itself. */
  chunks(request: GenerateRequest, facts: EngineFacts, emphasis: string | null): Record<string, string>;
  /** Nothing may lie where the pictures go, not even a picture of ours. */
  isNew?: boolean;
  signal: AbortSignal;
  /** Told each phase as it begins; what fails later failed in it. */
  onPhase(phase: JobPhase): void;
}

/** Draws and writes. Rejects with whatever went wrong, unexplained; nothing partial is left on disk. */
export async function generate({ requests, draw, facts, chunks, isNew, signal, onPhase, onProgress, onPreview }: GenerateJob): Promise<GenerateResult[]> {
  const previews = onPreview && new Previews(encodePreview, onPreview);
  const begin = (progress: { phase: JobPhase; step: number; steps: number }) => {
    onPhase(progress.phase);
    onProgress?.(progress);
  };
  const checkpoint = async () => {
    await yieldNow();
    if (signal.aborted) throw new EngineError('cancelled', 'cancelled before the picture was written');
  };
  try {
    const drawn = await draw({
      signal,
      yieldNow,
      onPhase: begin,
      ...(previews && { onPreview: (rgb, width, height, step) => previews.offer(rgb, width, height, step), wantsPreview: () => previews.due }),
    });
    previews?.stop();
    begin({ phase: 'writing', step: 0, steps: 0 });
    const results: GenerateResult[] = [];
    for (const [place, { width, height, rgb, emphasis, notes, timings: { load, encode, denoise, decode } }] of drawn.entries()) {
      const request = requests[place]!;
      const started = performance.now();
      await checkpoint();
      const png = setTextChunks(await encodePng(rgb, width, height), chunks(request, facts?.() ?? {}, emphasis));
      await checkpoint();
      const { path, root } = request.output;
      const { replaced } = await writePicture({ png, path, root, isNew });
      results.push({ path, width, height, seed: request.seed, replaced, notes: [...notes], timings: { load, encode, denoise, decode, write: performance.now() - started } });
    }
    return results;
  } finally {
    previews?.stop();
  }
}
