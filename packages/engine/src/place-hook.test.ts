import { describe, expect, it } from "@jest/globals";
import { matricesWithin } from "./place-hook.js";

describe("matricesWithin", () => {
  it("keeps whole rows, as counted from the beginning of the slice", () => {
    const matrix = { offset: 3, rows: 4, columns: 5 };
    expect(matricesWithin([matrix], { offset: 0, count: 30 })).toEqual([matrix]);
    // Elements 10 to 19 hold the row from 13 to 17.
    expect(matricesWithin([matrix], { offset: 10, count: 10 })).toEqual([
      { offset: 3, rows: 1, columns: 5 },
    ]);
    expect(matricesWithin([matrix], { offset: 8, count: 10 })).toEqual([
      { offset: 0, rows: 2, columns: 5 },
    ]);
  });

  it("leaves out what has no whole row there", () => {
    const matrices = [
      { offset: 0, rows: 2, columns: 5 },
      { offset: 10, rows: 1, columns: 8 },
      { offset: 40, rows: 2, columns: 2 },
    ];
    expect(matricesWithin(matrices, { offset: 6, count: 10 })).toEqual([]);
    expect(matricesWithin([], { offset: 0, count: 0 })).toEqual([]);
  });
});
