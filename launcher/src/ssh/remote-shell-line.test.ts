import { describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { remoteShellLine } from "./remote-shell-line.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder } = temporaryFolder();

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((path) => {
    try {
      accessSync(join(path, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Login shells that are there; all POSIX systems have sh. */
const shells = ["sh", "dash", "bash", "zsh", "ksh", "fish", "tcsh", "csh"].filter(isInstalled);

/** What can be the name of a file: no slash, no NUL. */
const anyName = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        "\\",
        "!",
        "$",
        "`",
        "%",
        "\n",
        " ",
        "-",
        "~",
        "=",
        "é",
        "\t",
        "0",
      ),
      minLength: 1,
      maxLength: 30,
    }),
  )
  .map((name) => name.replace(/[/\0]/g, "_"))
  .filter((name) => name !== "." && name !== ".." && Buffer.byteLength(name) < 200);

function run(shell: string, line: string, environment: Record<string, string> = {}) {
  // bash takes a socket as its input for a login from afar, and reads the user's .bashrc.
  const env = { PATH: process.env["PATH"], HOME: folder, ...environment };
  return spawnSync(shell, ["-c", line], { encoding: "utf8", env });
}

describe("the line that ssh runs", () => {
  it.each(shells)("finds folder, node and agent of any name, under %s", (shell) => {
    fc.assert(
      fc.property(anyName, anyName, (name, other) => {
        const directory = join(folder, `d${name}`);
        mkdirSync(directory, { recursive: true });
        const node = join(directory, `n${other}`);
        writeFileSync(node, '#!/bin/sh\npwd\nprintf %s "$#$1"\n');
        chmodSync(node, 0o700);
        const agent = join(directory, `a${other}`);
        writeFileSync(agent, "");
        const line = remoteShellLine({ directory, nodes: ["/nowhere/node", node], agent });
        const { stdout, stderr, status } = run(shell, line);
        expect({ stdout, stderr, status }).toEqual({
          stdout: `${directory}\n1${agent}`,
          stderr: "",
          status: 0,
        });
      }),
      { numRuns: 30 },
    );
  });

  it("has nothing in it that shells read differently in single quotes", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const line = remoteShellLine({ directory: `/${name}`, nodes: [name], agent: `/${name}` });
        expect(line).not.toMatch(/[!\n]|\\'|\\\\/);
        expect(line).toMatch(/^exec sh -c '[^']+' kolo( ('[^']*'|[^' ]+)){3}$/);
      }),
    );
  });

  it("says what is missing, each with an exit code of its own", () => {
    const there = { directory: folder, nodes: ["sh"], agent: join(folder, "agent.js") };
    const missing = (changes: Partial<typeof there>) => {
      const { stderr, status } = run("sh", remoteShellLine({ ...there, ...changes }));
      return { stderr, status };
    };
    writeFileSync(there.agent, "");
    expect(missing({})).toEqual({ stderr: "", status: 0 });
    expect(missing({ directory: "/no where" })).toEqual({
      stderr: "kolo: no such directory: /no where\n",
      status: 90,
    });
    expect(missing({ nodes: ["no-such-node"] })).toMatchObject({
      stderr: `kolo: no node: ${process.env["PATH"] ?? ""}\n`,
      status: 91,
    });
    expect(missing({ agent: "/no/agent.js" })).toEqual({
      stderr: "kolo: no agent: /no/agent.js\n",
      status: 92,
    });
  });

  it("is not led elsewhere by CDPATH", () => {
    mkdirSync(join(folder, "elsewhere"), { recursive: true });
    const agent = join(folder, "agent.js");
    writeFileSync(agent, "pwd");
    const line = remoteShellLine({ directory: folder, nodes: ["sh"], agent });
    expect(run("sh", line, { CDPATH: "/:/tmp" }).stdout).toBe(`${folder}\n`);
  });
});
