import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { shellCommand, shellQuote } from "./shell-quote.js";
import { readWords, splitWords } from "./split-words.js";

describe("splitWords", () => {
  it.each([
    ["", []],
    ["  -o\tA=b  -J gate ", ["-o", "A=b", "-J", "gate"]],
    [`-o 'ProxyCommand=ssh -W %h:%p gate'`, ["-o", "ProxyCommand=ssh -W %h:%p gate"]],
    [`a"b c"'d e'f`, ["ab cd ef"]],
    [`'' ""`, ["", ""]],
    [String.raw`a\ b "c\"d" 'e\f'`, ["a b", 'c"d', String.raw`e\f`]],
  ])("splits %p", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each([
    [`a "b`, `a second " in`],
    [`a 'b`, `a second ' in`],
    [`a \\`, "a character after the last backslash in"],
  ])("refuses %p", (text, message) => {
    expect(() => splitWords(text)).toThrow(message);
  });

  it("gives back what shellQuote has quoted", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (words) => {
        expect(splitWords(shellCommand(words))).toEqual(words);
      }),
    );
  });
});

describe("shellQuote", () => {
  it.each([
    ["train.ts", "train.ts"],
    ["--time=2:00:00", "--time=2:00:00"],
    ["", "''"],
    ["a b", "'a b'"],
    ["it's $HOME", `'it'\\''s $HOME'`],
    ["~", "'~'"],
    ["a\nb", "'a\nb'"],
  ])("%p → %s", (word, quoted) => {
    expect(shellQuote(word)).toBe(quoted);
  });
});

describe("readWords", () => {
  it("adds up what is repeated, and refuses what no argument may hold", () => {
    expect(readWords(["-a b", "-c"])).toEqual(["-a", "b", "-c"]);
    expect(() => readWords(7)).toThrow("got 7");
    expect(() => readWords("'a\nb'")).toThrow("no control characters");
  });
});
