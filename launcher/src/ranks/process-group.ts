/**
 * A rank and everything it started: one process group, named by the rank's process id. Signals go
 * to all of it, so that no grandchild outlives the job.
 *
 * Once a group is seen empty it is never signalled again: its number may then belong to others.
 */
export class ProcessGroup {
  #gone = false;

  constructor(readonly pid: number) {}

  /** True while there is a process in it (one that nobody has reaped counts). */
  get alive(): boolean {
    this.signal(0);
    return !this.#gone;
  }

  signal(signal: NodeJS.Signals | 0): void {
    if (this.#gone) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // EPERM: there is a process in it, which changed its user; it is beyond our reach.
      if ((error as NodeJS.ErrnoException).code === "ESRCH") this.#gone = true;
    }
  }
}
