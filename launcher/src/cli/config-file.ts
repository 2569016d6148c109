/**
 * `--config-file`: YAML, the long flags as keys. Errors name the file and the line. Values are not
 * read here but with the flags (launch-options.ts), by the same readers.
 */
import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { type GivenSettings } from "./parse-arguments.js";
import { messageOf } from "../report/message-of.js";
import { settingList } from "./settings.js";
import { UsageError } from "./usage-error.js";

/** Throws UsageError. */
export function readConfigFile(file: string): GivenSettings {
  let yaml: string;
  try {
    yaml = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--config-file: cannot read ${file}: ${messageOf(error)}`);
  }
  return parseConfig(yaml, file);
}

/** Pure. `file` is for messages. Throws UsageError. */
export function parseConfig(yaml: string, file: string): GivenSettings {
  const lines = new LineCounter();
  const at = (offset: number | undefined): string =>
    offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new UsageError(`${at(broken.pos[0])}: not YAML: ${broken.message.replaceAll("\n", " ")}`);
  }
  const given = new Map<string, { value: unknown; where: string }>();
  const root = document.contents;
  if (root === null) return given;
  if (!isMap(root)) {
    throw new UsageError(`${at(root.range[0])}: expected settings, as in "num-proc: 4"`);
  }
  for (const pair of root.items) {
    const key = isScalar(pair.key) ? pair.key : undefined;
    const name = String(key?.value);
    const where = at(key?.range[0]);
    if (!settingList.some((setting) => setting.name === name)) {
      const names = settingList.map((setting) => setting.name).join(", ");
      throw new UsageError(`${where}: unknown key "${name}"; the keys are ${names}`);
    }
    given.set(name, { value: valueOf(pair.value, where), where: `${where}: ${name}` });
  }
  return given;

  function valueOf(node: unknown, where: string): unknown {
    try {
      return (node as { toJS(source: typeof document): unknown } | null)?.toJS(document) ?? null;
    } catch (error) {
      // An alias without its anchor, or too many of them.
      throw new UsageError(`${where}: ${messageOf(error)}`);
    }
  }
}
