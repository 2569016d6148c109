/**
 * What ssh is to run on another host: one line that goes to the folder, finds node and kolo's agent,
 * and becomes the agent. Where something is missing it says what, and exits with a code of its own.
 * Pure.
 *
 * ssh hands the line to whatever login shell the user has there. All of sh, bash, zsh, fish and csh
 * read a text in single quotes alike as long as it has no quote, no backslash before one, no `!` and
 * no line end. So the script is written without them, is run by sh whatever the login shell, and
 * gets what varies as arguments, in which everything unusual is written as printf's %b reads it
 * (\0 and three octal digits).
 */

export interface RemoteProgram {
  /** Absolute path of the folder to run in. */
  readonly directory: string;
  /** Names or paths; the first that is there is taken. */
  readonly nodes: readonly string[];
  /** Absolute path of the agent's module. */
  readonly agent: string;
}

/** What the line exits with where something is missing, and what it says first on standard error. */
export const missingParts = {
  directory: { exitCode: 90, words: "kolo: no such directory" },
  node: { exitCode: 91, words: "kolo: no node" },
  agent: { exitCode: 92, words: "kolo: no agent" },
} as const;

export type MissingPart = keyof typeof missingParts;

export function remoteShellLine({ directory, nodes, agent }: RemoteProgram): string {
  return `exec sh -c '${script}' kolo ${[directory, agent, ...nodes].map(encodeWord).join(" ")}`;
}

/** Command substitution takes line ends off the end of a text; the _ keeps them. */
const decode = (variable: string, from: string): string =>
  `${variable}=$(printf %b_ "${from}"); ${variable}=\${${variable}%_}`;

const fail = (part: MissingPart, detail: string): string =>
  `{ echo "${missingParts[part].words}: ${detail}" >&2; exit ${missingParts[part].exitCode}; }`;

const script = [
  decode("d", "$1"),
  decode("a", "$2"),
  "shift 2",
  `CDPATH= cd -- "$d" 2>/dev/null || ${fail("directory", "$d")}`,
  "n=",
  `for p do ${decode("p", "$p")}; if command -v "$p" >/dev/null 2>&1; then n=$p; break; fi; done`,
  `[ -n "$n" ] || ${fail("node", "$PATH")}`,
  `[ -r "$a" ] || ${fail("agent", "$a")}`,
  'exec "$n" "$a"',
].join("; ");

/** A word that every shell and then printf read back as it was. */
function encodeWord(word: string): string {
  if (/^[\w./:@+-]+$/.test(word)) return word;
  const bytes = [...Buffer.from(word, "utf8")].map((byte) =>
    /[\w./:@+ -]/.test(String.fromCharCode(byte)) && byte < 0x80
      ? String.fromCharCode(byte)
      : `\\0${byte.toString(8).padStart(3, "0")}`,
  );
  return `'${bytes.join("")}'`;
}
