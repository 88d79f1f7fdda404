/** Milliseconds that this process's main thread has computed. */
export function threadTime(): number;
