/**
 * Text into words as a shell would: blanks separate, '...' and "..." keep them, a backslash keeps the
 * next character. Nothing is expanded. Pure.
 */
import { Expected, type Reader, shown } from "./readers.js";

/** Throws Expected. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    let character = text[index] ?? "";
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= "";
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else {
      if (character === "\\" && quote !== "'") {
        index += 1;
        character = text[index] ?? missing(text, "a character after the last backslash");
      }
      word += character;
    }
  }
  if (quote !== undefined) missing(text, `a second ${quote}`);
  if (word !== undefined) words.push(word);
  return words;
}

/** Text, or in a config file also a list of words; repeated flags add up. */
export const readWords: Reader<readonly string[]> = (value) => {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => {
    if (typeof part === "string") return checkedWords(splitWords(part));
    throw new Expected(`text such as "-o Compression=yes", got ${shown(part)}`);
  });
};

function checkedWords(words: readonly string[]): readonly string[] {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  const bad = words.find((word) => /[\0-\x1f\x7f]/.test(word));
  if (bad === undefined) return words;
  throw new Expected(`no control characters, got ${shown(bad)}`);
}

function missing(text: string, what: string): never {
  throw new Expected(`${what} in ${shown(text)}`);
}
