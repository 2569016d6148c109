/**
 * `-np 4`, `-np=4` and `-np4` as everyone types them become `--num-proc 4`, which commander takes;
 * commander itself would read `-np 4` as `-n p` and a script called 4. Only what stands before the
 * script is touched: the rest belongs to the script.
 */
export function rewriteNp(
  argv: readonly string[],
  takesValue: (flag: string) => boolean,
): string[] {
  const rewritten: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    const isScript = !argument.startsWith("-") || argument === "-";
    if (isScript || argument === "--") return [...rewritten, ...argv.slice(index)];
    const np = /^-np(?:=?(.+))?$/.exec(argument);
    if (np === null) rewritten.push(argument);
    else rewritten.push(np[1] === undefined ? "--num-proc" : `--num-proc=${np[1]}`);
    if (takesValue(argument) || argument === "-np") {
      index += 1;
      const value = argv[index];
      if (value !== undefined) rewritten.push(value);
    }
  }
  return rewritten;
}
