import { describe, expect, it } from "@jest/globals";
import { sshCommand } from "./ssh-command.js";

const plain = { port: undefined, identityFile: undefined, arguments: [], aliveIntervalSeconds: 5 };
const target = { host: "b", user: undefined, port: undefined };

describe("sshCommand", () => {
  it("leaves to ssh's configuration what the user has not said, and asks nobody anything", () => {
    const command = sshCommand(target, plain, "line");
    expect(command.slice(0, 4)).toEqual(["ssh", "-T", "-o", "BatchMode=yes"]);
    expect(command.slice(-3)).toEqual(["--", "b", "line"]);
    expect(command).not.toContain("-p");
    expect(command).not.toContain("-i");
    expect(command).not.toContain("-l");
  });

  it("never becomes the master of the user's other sessions, whatever the configuration says", () => {
    const command = sshCommand(target, plain, "line").join(" ");
    expect(command).toMatch(/ -o ControlMaster=no .*-- b line$/);
    // One that is there is used: that is for ControlPath to say, and for the user.
    expect(command).not.toContain("ControlPath");
  });

  it("takes user and port of the hostfile before --ssh-port, and the user's own arguments first", () => {
    const own = { port: 22, identityFile: "/key file", arguments: ["-J", "gateway"] };
    const options = { ...own, aliveIntervalSeconds: 30 };
    const command = sshCommand({ host: "::1", user: "me@corp", port: 2222 }, options, "line");
    expect(command.slice(0, 3)).toEqual(["ssh", "-J", "gateway"]);
    expect(command).toContain("ServerAliveInterval=30");
    const from = command.indexOf("-p");
    expect(command.slice(from)).toEqual([
      "-p",
      "2222",
      "-i",
      "/key file",
      "-l",
      "me@corp",
      "--",
      "::1",
      "line",
    ]);
    expect(sshCommand(target, options, "line")).toEqual(expect.arrayContaining(["-p", "22"]));
  });
});
