import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUnplaced, placedStack } from "./syntax-error.js";

const bare = new SyntaxError("Unexpected token ';'");
bare.stack = "SyntaxError: Unexpected token ';'\n    at compile (node:internal/modules/esm:3:1)";

describe("a syntax error", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kolo-syntax-"));
    writeFileSync(join(folder, "bad.mjs"), "const a = 1;\nconst b = ;\n");
    writeFileSync(join(folder, "imports.mjs"), 'import "./bad.mjs";\n');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("is unplaced where the stack has only frames of Node", () => {
    expect(isUnplaced(bare)).toBe(true);
    const placed = new SyntaxError("x");
    placed.stack =
      "/home/me/train.js:2\nconst b = ;\n^\n\nSyntaxError: x\n    at node:internal/a:1:1";
    expect(isUnplaced(placed)).toBe(false);
    expect(isUnplaced(new TypeError("x"))).toBe(false);
    let parsing: unknown;
    try {
      JSON.parse("{");
    } catch (error) {
      parsing = error;
    }
    expect(isUnplaced(parsing)).toBe(false);
  });

  it("gets its file and line where it is the script's own", () => {
    const script = join(folder, "bad.mjs");
    expect(placedStack(bare, script)).toMatch(
      /bad\.mjs:2\nconst b = ;\n {10}\^\n\nSyntaxError: Unexpected token ';'\n/,
    );
  });

  it("gets none where it is another file's, or a script's that Node cannot check", () => {
    expect(placedStack(bare, join(folder, "imports.mjs"))).toBeUndefined();
    expect(placedStack(bare, join(folder, "train.mts"))).toBeUndefined();
  });
});
