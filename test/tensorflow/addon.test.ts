import { beforeAll, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { type BuildStamp, buildScript, builtAddon, tensorflowFixture } from "./built-addon.js";
import { root } from "../support/tsrun.js";

describe("tfjs-node on the TensorFlow of a wheel", () => {
  let stamp: BuildStamp;
  beforeAll(() => {
    stamp = builtAddon();
  });

  it("loads, is the TensorFlow that was built for, computes, and names its device", () => {
    const answer = execFileSync(process.execPath, [tensorflowFixture("load-tensorflow.cjs")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(JSON.parse(answer)).toEqual({
      backend: "tensorflow",
      tensorflow: stamp.request.tensorflow,
      gpu: false,
      square: [1, 4, 9],
      strings: ["short", "one that is longer than what TensorFlow keeps in place"],
      largest: [3],
      rounded: [-12345678, 10],
    });
  });

  it("is not built a second time", () => {
    const said = execFileSync(process.execPath, [buildScript], { cwd: root, encoding: "utf8" });
    expect(said).toContain(`${stamp.request.package} with TensorFlow`);
    expect(said).toContain("is built already");
  });
});
