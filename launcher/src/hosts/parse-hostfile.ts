/**
 * A hostfile: one host a line, `#` begins a comment, blank lines do not count. Pure. docs/hosts.md has
 * the grammar; a line is parse-host-entry.ts'.
 */
import { UsageError } from "../cli/usage-error.js";
import { Expected } from "../cli/readers.js";
import { expectDistinct } from "./expect-distinct.js";
import { type FoundHost } from "./host-entry.js";
import { HostSyntaxError, parseHostEntry } from "./parse-host-entry.js";

/** `file` is for messages. Throws UsageError that names file, line and column. */
export function parseHostfile(text: string, file: string): readonly FoundHost[] {
  const hosts: FoundHost[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    const said = line.replace(/#.*$/, "");
    if (said.trim() === "") continue;
    try {
      hosts.push({ ...parseHostEntry(said), where: `line ${index + 1}` });
      expectDistinct(hosts);
    } catch (error) {
      if (!(error instanceof Expected)) throw error;
      const column = error instanceof HostSyntaxError ? `:${error.column}` : "";
      throw new UsageError(`${file}:${index + 1}${column}: expected ${error.message}`);
    }
  }
  if (hosts.length > 0) return hosts;
  throw new UsageError(`${file}: expected a host on a line, as in "node1 slots=4", got none`);
}
