/** The lines that are JSON objects, behind tsrun's mark of the rank or without it. Pure. */
export function printedJson(stdout: string): unknown[] {
  return [...stdout.matchAll(/^(?:\[\d+\] )?(\{.*\})$/gm)].map(
    ([, line]) => JSON.parse(line ?? "") as unknown,
  );
}
