/** Leveled lines of text. Where they go is the business of whoever made the logger. */
export type LogLevel = "debug" | "info" | "warn" | "error";

export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export type Logger = Readonly<Record<LogLevel, (message: string) => void>>;

/** A logger that drops what is below `level` and hands the rest to `write`, one line a call. */
export function createLogger(
  level: LogLevel,
  write: (line: string, level: LogLevel) => void,
): Logger {
  const least = logLevels.indexOf(level);
  const at = (own: LogLevel) => (message: string) => {
    if (logLevels.indexOf(own) >= least) write(`[kolo] ${message}`, own);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export const silentLogger: Logger = createLogger("error", () => undefined);
