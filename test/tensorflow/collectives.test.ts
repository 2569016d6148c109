import { beforeAll, describe, expect, it } from "@jest/globals";
import { tsrun } from "../support/tsrun.js";
import { builtAddon, tensorflowFixture } from "./built-addon.js";

describe("collectives with tensors of TensorFlow", () => {
  beforeAll(() => {
    builtAddon();
  });

  it.each([1, 2, 3])("are exact for float32 and int32 of any length on %d ranks", async (size) => {
    const result = await tsrun([
      ...["-np", String(size), "--quiet", "--backend", "tensorflow"],
      tensorflowFixture("collectives.mts"),
    ]);
    expect(result).toMatchObject({ code: 0, left: [] });
    expect(result.stdout.match(/checked 14 on tensorflow/g)).toHaveLength(size);
  });
});
