import { z } from 'zod';
import type { Disposable } from 'vscode';
import type { PictureInfo } from '../../dataset';
import { HelperProcess } from '../helper-process';

const half = z.int().min(0).max(2 ** 32 - 1);
const Answer = z.looseObject({
  info: z.object({ width: z.int().min(1), height: z.int().min(1), hash: z.object({ high: half, low: half }), sample: z.instanceof(Uint8Array) }).optional(),
  problem: z.string().optional(),
});

/** Size and looks of pictures, read once by a helper process. */
export class PictureInfos implements Disposable {
  private readonly known = new Map<string, Promise<PictureInfo>>();
  private readonly helper: HelperProcess<typeof Answer>;

  constructor(helperPath: string) {
    this.helper = new HelperProcess(helperPath, Answer);
  }

  /** Rejects with one line if the picture cannot be read. The caller has made sure that the workspace is trusted. */
  read(path: string): Promise<PictureInfo> {
    const found = this.known.get(path) ?? this.ask(path);
    this.known.set(path, found);
    return found;
  }

  /** The file has changed. */
  forget(path: string): void {
    this.known.delete(path);
  }

  dispose(): void {
    this.helper.dispose();
  }

  private async ask(path: string): Promise<PictureInfo> {
    const answer = await this.helper.ask({ path });
    if (answer?.info) return answer.info;
    // A helper that died says nothing of the picture: it is asked again next time.
    if (!answer) this.known.delete(path);
    throw new Error(answer?.problem ?? `cannot read the picture ${path}: the helper process ended`);
  }
}
