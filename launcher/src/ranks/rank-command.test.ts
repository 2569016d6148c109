import { type LogLevel } from "@kolo/core";
import { describe, expect, it } from "@jest/globals";
import { rankArguments } from "./rank-command.js";
import { rankEnvironment, userEnvironment } from "./rank-environment.js";

const command = (script: string): string[] =>
  rankArguments({
    script,
    scriptArguments: ["--epochs", "3"],
    preload: "/kolo/preload.js",
    resolveTsx: () => "/my kolo/tsx/loader.mjs",
    nodeFlags: ["--v8-pool-size=1"],
  });

describe("rankArguments", () => {
  it.each(["train.ts", "train.mts", "train.cts", "train.tsx"])("loads tsx for %s", (script) => {
    expect(command(`/me/${script}`)).toEqual([
      "--v8-pool-size=1",
      "--require",
      "/kolo/preload.js",
      "--import",
      "file:///my%20kolo/tsx/loader.mjs",
      `/me/${script}`,
      "--epochs",
      "3",
    ]);
  });

  it.each(["train.js", "train.mjs", "train.cjs", "train"])("runs %s as it is", (script) => {
    expect(command(`/me/${script}`)).not.toContain("--import");
  });
});

describe("a rank's environment", () => {
  it("is tsrun's own, -x, and the contract", () => {
    const user = userEnvironment({ HOME: "/me", A: "0" }, [
      { name: "A", value: "1" },
      { name: "HOME", value: undefined },
    ]);
    const environment = rankEnvironment(
      user,
      { OMP_NUM_THREADS: "1" },
      {
        world: { rank: 1, size: 2, localRank: 1, localSize: 2, crossRank: 0, crossSize: 1 },
        hosts: [0, 0],
        coordinator: "127.0.0.1:1234",
        controlFd: 3,
        reportFd: 4,
        backend: "cpu",
        transport: "grpc",
        logLevel: "warn",
      },
    );
    expect(environment).toMatchObject({
      HOME: "/me",
      A: "1",
      OMP_NUM_THREADS: "1",
      KOLO_RANK: "1",
      KOLO_COORDINATOR: "127.0.0.1:1234",
    });
  });

  it("keeps TensorFlow's first words to rank 0, unless --verbose or the user says otherwise", () => {
    const level = (rank: number, logLevel: LogLevel, user: Record<string, string> = {}) =>
      rankEnvironment(
        user,
        {},
        {
          world: { rank, size: 2, localRank: rank, localSize: 2, crossRank: 0, crossSize: 1 },
          hosts: [0, 0],
          coordinator: "127.0.0.1:1234",
          controlFd: 3,
          reportFd: 4,
          backend: "auto",
          transport: "grpc",
          logLevel,
        },
      )["TF_CPP_MIN_LOG_LEVEL"];
    expect([level(0, "info"), level(1, "info"), level(1, "debug")]).toEqual([
      undefined,
      "1",
      undefined,
    ]);
    expect(level(1, "info", { TF_CPP_MIN_LOG_LEVEL: "0" })).toBe("0");
  });

  it("refuses -x NAME where there is no NAME to pass on", () => {
    expect(() => userEnvironment({}, [{ name: "B", value: undefined }])).toThrow(
      "-x B: expected B to be set, or -x B=VALUE",
    );
  });
});
