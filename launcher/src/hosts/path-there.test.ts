import { describe, expect, it } from "@jest/globals";
import { pathHere, pathThere } from "./path-there.js";

describe("pathThere, and pathHere back", () => {
  const folders = { directory: "/home/me/project", wdir: "/data/project" };

  it.each([
    ["/home/me/project", "/data/project"],
    ["/home/me/project/src/train.ts", "/data/project/src/train.ts"],
    ["/home/me/project/..data/x", "/data/project/..data/x"],
    ["/home/me/project2/train.ts", "/home/me/project2/train.ts"],
    ["/opt/kolo/lib/agent.js", "/opt/kolo/lib/agent.js"],
  ])("%s is %s there", (here, there) => {
    expect(pathThere(here, folders)).toBe(there);
    expect(pathThere(here, { ...folders, wdir: undefined })).toBe(here);
    expect(pathHere(there, folders)).toBe(here);
    expect(pathHere(there, { ...folders, wdir: undefined })).toBe(there);
  });
});
