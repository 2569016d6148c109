/**
 * An engine that is killed leaves what it has started to nobody: such a process gets another parent. A
 * rank ends itself then, at once, since no other would. Returns what looks.
 */
export function endWithParent(): () => void {
  const parent = process.ppid;
  return () => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  };
}
