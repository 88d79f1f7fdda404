/**
 * `work` at once, then at most once in `gap` milliseconds, and once more after the last call. VS Code waits for quiet
 * before it asks for lenses again: told of every step of a picture, it would ask only when the picture is done.
 */
export function paced(work: () => void, gap: number): { (): void; dispose(): void } {
  let resting: NodeJS.Timeout | undefined;
  let again = false;
  const run = () => {
    work();
    resting = setTimeout(() => {
      resting = undefined;
      if (!again) return;
      again = false;
      run();
    }, gap);
  };
  return Object.assign(
    () => {
      if (resting) again = true;
      else run();
    },
    { dispose: () => clearTimeout(resting) },
  );
}
