import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { startBackends } from "../testing/run-kernel-on.js";
import { integers } from "../testing/values.js";
import { volumes } from "../testing/volumes.js";

beforeAll(startBackends);

describe("Conv3D", () => {
  it("equals cpu's for any sizes, strides, paddings and dilations", () => {
    fc.assert(
      fc.property(volumes({ maxDilation: 2 }), ({ x, filter, attrs, seed }) => {
        const inputs = { x: integers(x, seed), filter: integers(filter, seed + 1) };
        expectSame("Conv3D", inputs, attrs);
      }),
    );
  });
});

describe("Conv3DBackpropFilterV2", () => {
  it("equals cpu's for any sizes, strides and paddings", () => {
    fc.assert(
      fc.property(volumes(), ({ x, filter, y, attrs, seed }) => {
        const inputs = { x: integers(x, seed), dy: integers(y, seed + 1) };
        expectSame("Conv3DBackpropFilterV2", inputs, { ...attrs, filterShape: filter });
      }),
    );
  });
});

describe("Conv3DBackpropInputV2", () => {
  it("equals cpu's for any sizes, strides and paddings", () => {
    fc.assert(
      fc.property(volumes(), ({ x, filter, y, attrs, seed }) => {
        const inputs = { dy: integers(y, seed), filter: integers(filter, seed + 1) };
        expectSame("Conv3DBackpropInputV2", inputs, { ...attrs, inputShape: x });
      }),
    );
  });
});
