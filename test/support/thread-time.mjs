/**
 * Milliseconds that this process's main thread has computed, which is what a person would wait for on a free core: the
 * threads on which V8 compiles and collects garbage meanwhile are left out. The kernel counts it in
 * ticks of a few milliseconds. Where there is no /proc, those threads are in it too.
 */
import { readFileSync } from 'node:fs';

export function threadTime() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
