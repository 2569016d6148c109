import { describe, expect, it } from "@jest/globals";
import { createLogger, RefusalLog } from "./index.js";

function logging(): { log: RefusalLog; lines: string[] } {
  const lines: string[] = [];
  const log = new RefusalLog(
    createLogger("warn", (line) => lines.push(line)),
    "a pull",
  );
  return { log, lines };
}

describe("refusals", () => {
  it("are logged once for each host and reason, whatever the port", () => {
    const { log, lines } = logging();
    log.note("10.0.0.1:4000", "no token");
    log.note("10.0.0.1:4001", "no token");
    log.note("10.0.0.1:4002", "no name");
    log.note("[::1]:4002", "no name");
    log.note(undefined, "no name");
    expect(lines).toEqual([
      "[kolo] refused a pull from 10.0.0.1:4000: no token",
      "[kolo] refused a pull from 10.0.0.1:4002: no name",
      "[kolo] refused a pull from [::1]:4002: no name",
      "[kolo] refused a pull: no name",
    ]);
  });

  it("fill no log", () => {
    const { log, lines } = logging();
    for (let i = 0; i < 10_000; i++) log.note("10.0.0.1:1", `reason ${i}`);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toContain("more are not logged");
  });
});
