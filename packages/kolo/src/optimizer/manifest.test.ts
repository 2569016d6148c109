import { describe, expect, it } from "@jest/globals";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { keysOf, manifestOf } from "./manifest.js";

const nameOf = (name: string): string | undefined =>
  manifestOf([{ name, shape: [2], dtype: "float32" }])[0]?.name;

describe("the manifest", () => {
  it("has names without the counters that differ between processes", () => {
    expect(nameOf("dense_Dense1/kernel")).toBe("dense_Dense/kernel");
    expect(nameOf("dense_Dense3/kernel_1")).toBe("dense_Dense/kernel");
    expect(nameOf("conv2d_Conv2D12/bias")).toBe("conv2d_Conv2D/bias");
    expect(nameOf("time_distributed_1_dense_2/kernel")).toBe("time_distributed_dense/kernel");
    expect(nameOf("17")).toBe("variable");
  });

  it("keeps order, shapes and dtypes, bool as int32", () => {
    const variables = [
      { name: "b", shape: [], dtype: "bool" },
      { name: "a", shape: [2, 3], dtype: "float32" },
    ] as const;
    expect(manifestOf(variables)).toEqual([
      { name: "b", shape: [], dtype: "int32" },
      { name: "a", shape: [2, 3], dtype: "float32" },
    ]);
  });

  it("refuses dtypes that do not travel, naming the variable", async () => {
    const message = await koloErrorOf("dtype_unsupported", () =>
      manifestOf([{ name: "words", shape: [1], dtype: "string" }]),
    );
    expect(message).toContain('"words"');
  });
});

describe("keys", () => {
  it("tell variables with the same bare name apart by their order", () => {
    expect(keysOf(["d_Dense1/kernel", "d_Dense1/bias", "d_Dense2/kernel", "3", "4"])).toEqual([
      ...["d_Dense/kernel", "d_Dense/bias", "d_Dense/kernel#2", "variable", "variable#2"],
    ]);
  });
});
