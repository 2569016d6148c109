/**
 * `-np 4`, `-np=4` and `-np4` as everyone types them become `--num-proc 4`, which commander takes;
 * commander itself would read `-np 4` as `-n p` and a script called 4. Likewise `-hostfile FILE`, which
 * it would take for `-h`. Only what stands before the script is touched: the rest belongs to the script.
 */
const longFlags: Readonly<Record<string, string>> = { np: "--num-proc", hostfile: "--hostfile" };

export function rewriteNp(
  argv: readonly string[],
  takesValue: (flag: string) => boolean,
): string[] {
  const rewritten: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    const isScript = !argument.startsWith("-") || argument === "-";
    if (isScript || argument === "--") return [...rewritten, ...argv.slice(index)];
    const [, name = "", joined] = /^-(np|hostfile)(?:=?(.+))?$/.exec(argument) ?? [];
    const flag = longFlags[name] ?? argument;
    rewritten.push(joined === undefined ? flag : `${flag}=${joined}`);
    if (joined === undefined && takesValue(flag)) {
      index += 1;
      const value = argv[index];
      if (value !== undefined) rewritten.push(value);
    }
  }
  return rewritten;
}
