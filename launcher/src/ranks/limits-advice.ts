/** What to do where a process could not be started, by the code of the error: ends the sentence, or "". */
export function limitsAdvice(code: string | undefined, fewer: string): string {
  return code === "EAGAIN" || code === "EMFILE" || code === "ENFILE"
    ? `; ${fewer}, or higher limits (ulimit -u, ulimit -n), may help`
    : "";
}
