/** A word as a POSIX shell reads it back: unchanged where nothing in it means anything. Pure. */
export function shellQuote(word: string): string {
  if (/^[\w%+,./:=@-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
