import { describe, expect, it } from "@jest/globals";
import { ranksByHost, worldOn } from "./world.js";

describe("where ranks are", () => {
  it("follows from the host of each, in whatever order they were placed", () => {
    expect(ranksByHost([0, 0, 0, 1])).toEqual([[0, 1, 2], [3]]);
    expect(ranksByHost([1, 0, 1, 2])).toEqual([[1], [0, 2], [3]]);
    expect(worldOn([1, 0, 1, 2], 2)).toEqual({
      ...{ rank: 2, size: 4, localRank: 1, localSize: 2, crossRank: 1, crossSize: 3 },
    });
  });
});
