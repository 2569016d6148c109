import { describe, expect, it } from "@jest/globals";
import { cpuThreads } from "./cpu-threads.js";

describe("cpuThreads", () => {
  it("shares the cores among the ranks of a host", () => {
    expect(cpuThreads(16, 2, {})).toEqual({
      environment: {
        OMP_NUM_THREADS: "8",
        TF_NUM_INTRAOP_THREADS: "8",
        TF_NUM_INTEROP_THREADS: "8",
        UV_THREADPOOL_SIZE: "4",
      },
      nodeFlags: ["--v8-pool-size=4"],
    });
  });

  it("leaves every rank at least one, and two for files", () => {
    expect(cpuThreads(2, 4, {})).toEqual({
      environment: {
        OMP_NUM_THREADS: "1",
        TF_NUM_INTRAOP_THREADS: "1",
        TF_NUM_INTEROP_THREADS: "1",
        UV_THREADPOOL_SIZE: "2",
      },
      nodeFlags: ["--v8-pool-size=1"],
    });
  });

  it("leaves alone what the user has set", () => {
    const user = { OMP_NUM_THREADS: "3", NODE_OPTIONS: "--v8-pool-size=2" };
    const { environment, nodeFlags } = cpuThreads(2, 2, user);
    expect(environment).not.toHaveProperty("OMP_NUM_THREADS");
    expect(nodeFlags).toEqual([]);
  });
});
