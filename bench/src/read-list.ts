/** Lists on the command line: "1,2" and "wasm,cpu". */
import { parseBytes } from "@kolo/core";

/** World sizes. */
export function readSizes(text: string): number[] {
  const sizes = parts(text).map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size >= 1)) return sizes;
  throw new Error(`expected numbers of ranks such as 1,2, got "${text}"`);
}

/** Each part one of `choices`. */
export function readChoices<const Choice extends string>(
  text: string,
  choices: readonly Choice[],
): Choice[] {
  return parts(text).map((part) => {
    const chosen = choices.find((choice) => choice === part);
    if (chosen !== undefined) return chosen;
    throw new Error(`expected ${choices.join(", ")} or several of them, got "${text}"`);
  });
}

function parts(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

/** "4KiB,25MiB" → 4096, 26214400. */
export function readBytes(text: string): number[] {
  return text.split(",").map((one) => {
    const bytes = parseBytes(one);
    if (bytes !== undefined) return bytes;
    throw new Error(`expected a size such as 4096, 4KiB or 25MiB, got "${one}"`);
  });
}
