import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../cli/usage-error.js";
import { type FoundHost, hostText } from "./host-entry.js";
import { parseHostfile } from "./parse-hostfile.js";

const entry = (changes: Partial<FoundHost>): FoundHost => ({
  host: "a",
  user: undefined,
  port: undefined,
  slots: 1,
  maxSlots: undefined,
  where: "line 1",
  ...changes,
});

const only = (line: string): FoundHost | undefined => parseHostfile(line, "hosts")[0];

describe("a line of a hostfile", () => {
  it.each([
    ["a", {}],
    ["a slots=4", { slots: 4 }],
    ["a:4", { slots: 4 }],
    ["a:auto", { slots: "auto" }],
    ["a slots=auto", { slots: "auto" }],
    ["\t a \t slots=4\t", { slots: 4 }],
    ["a slots=4 max_slots=8", { slots: 4, maxSlots: 8 }],
    ["a max-slots=8 slots=4", { slots: 4, maxSlots: 8 }],
    ["a max_slots=2", { slots: 1, maxSlots: 2 }],
    ["a slots=auto max_slots=2", { slots: "auto", maxSlots: 2 }],
    ["a:2222 slots=2", { port: 2222, slots: 2 }],
    ["a:22 slots=2", { port: 22, slots: 2 }],
    ["me@a:2222 slots=2", { user: "me", port: 2222, slots: 2 }],
    ["me@a:4", { user: "me", slots: 4 }],
    ["me@corp@a", { user: "me@corp" }],
    ["CORP\\me@a", { user: "CORP\\me" }],
    ["Node-1.rack_2.example.org.", { host: "Node-1.rack_2.example.org." }],
    ["10.0.0.7:4", { host: "10.0.0.7", slots: 4 }],
    ["[::1]", { host: "::1" }],
    ["[::1]:4", { host: "::1", slots: 4 }],
    ["[fe80::1%eth0]:2222 slots=2", { host: "fe80::1%eth0", port: 2222, slots: 2 }],
    ["me@[fd00::7]:4", { host: "fd00::7", user: "me", slots: 4 }],
    ["a slots=4 # the fast one", { slots: 4 }],
    ["a#b", {}],
    ["\uFEFFa", {}],
    ["a slots=1024", { slots: 1024 }],
  ] as const)("%p is understood", (line, expected) => {
    expect(only(line)).toEqual(entry(expected));
  });

  it.each([
    ["a slots=0", '3: expected slots= an integer from 1 to 1024, or auto, got "0"'],
    ["a slots=1025", "3: expected slots= an integer"],
    ["a slots=-1", "3: expected slots= an integer"],
    ["a slots=", '3: expected slots= an integer from 1 to 1024, or auto, got ""'],
    ["a slots=4 slots=5", "11: expected slots= once, got it twice"],
    ["a max_slots=4 max-slots=4", "15: expected max_slots= once"],
    ["a slots=4 max_slots=3", "11: expected max_slots= at least the 4 slots, got 3"],
    ["a max_slots=x", '3: expected max_slots= an integer from 1 to 1024, got "x"'],
    ["a slots = 4", '3: expected slots=N, slots=auto or max_slots=N after the host, got "slots"'],
    ["a cpus=4", '3: expected slots=N, slots=auto or max_slots=N after the host, got "cpus=4"'],
    ["  a b", '5: expected slots=N, slots=auto or max_slots=N after the host, got "b"'],
    ["a:", '1: expected a number of slots from 1 to 1024 after "a:", got ""'],
    ["a:0", '1: expected a number of slots from 1 to 1024 after "a:", got "0"'],
    ["a:4x", '1: expected a number of slots from 1 to 1024 after "a:", got "4x"'],
    ["a:70000", '1: expected a number of slots from 1 to 1024 after "a:", got "70000"'],
    [
      "a:22",
      '1: expected slots after "a:", got 22, which may be meant as a port; write "a:22 slots=N" for ' +
        'the port of ssh, "a slots=22" for slots',
    ],
    [
      "me@[::1]:2222",
      '1: expected slots after "me@[::1]:", got 2222, which may be meant as a port; write ' +
        '"me@[::1]:2222 slots=N" for the port of ssh',
    ],
    [
      "a:4 slots=4",
      '1: expected the port of ssh, from 22 to 65535, after "a:", since slots= is given too, got "4"; ' +
        'write "a slots=4" for slots alone',
    ],
    ["a:70000 slots=4", '1: expected the port of ssh, from 22 to 65535, after "a:"'],
    ["a:auto slots=4", '1: expected the port of ssh, from 22 to 65535, after "a:"'],
    [
      "a:2222:4",
      '1: expected one number after a host, as in a:4 (slots) or "a:2222 slots=4" (port',
    ],
    [
      "fe80::1",
      "1: expected an IPv6 address in brackets, as in [fd00::7] or [fd00::7]:4, got fe80::1",
    ],
    ["::1:4", "1: expected an IPv6 address in brackets"],
    ["[fe80::g]", '1: expected an IPv6 address in the brackets, as in [fd00::7], got "fe80::g"'],
    ["[10.0.0.1]", "1: expected an IPv6 address in the brackets"],
    ["[::1", "1: expected"],
    ["[::1]4", "1: expected"],
    ["4", "1: expected the name of a host, got only the number 4"],
    [":4", "1: expected the name or the address of a host"],
    ["10.0.0.256", '1: expected an IPv4 address such as 10.0.0.7, got "10.0.0.256"'],
    ["10.1", "1: expected an IPv4 address"],
    [
      "a,b",
      '1: expected the name or the address of a host (letters, digits, "." "-" "_"), got "a,b"',
    ],
    ["хост", "1: expected the name or the address of a host"],
    ["@a", '1: expected the name of a user before the @, got ""'],
    ["me@", "1: expected the name or the address of a host"],
  ])("%p is refused", (line, message) => {
    expect(() => parseHostfile(`# hosts\n\n${line}\n`, "dir/hosts")).toThrow(
      `dir/hosts:3:${message}`,
    );
  });

  it.each([
    "-oProxyCommand=reboot",
    "-a",
    "-l@a",
    "a;reboot",
    "$(reboot)",
    "a'",
    "a`b`",
    "a|b",
    "a\0",
  ])("%p never reaches ssh", (line) => {
    expect(() => only(line)).toThrow(UsageError);
  });
});

describe("a hostfile", () => {
  it("has hosts in the order of its lines, whatever ends them", () => {
    const text = "\uFEFF# the rack\r\na slots=2\r\n\r\n   \t\r\nb:3 # new\rc\n";
    expect(
      parseHostfile(text, "hosts").map(({ host, slots, where }) => [host, slots, where]),
    ).toEqual([
      ["a", 2, "line 2"],
      ["b", 3, "line 5"],
      ["c", 1, "line 6"],
    ]);
  });

  it.each(["", "\n\n", "# nobody\n"])("without a host is refused: %p", (text) => {
    expect(() => parseHostfile(text, "hosts")).toThrow(
      'hosts: expected a host on a line, as in "node1',
    );
  });

  it.each([
    ["a\nb\na", "a in line 1 and a in line 3"],
    ["a\n\nA.", "a in line 1 and A. in line 3"],
    ["me@a\nyou@a", "me@a in line 1 and you@a in line 2"],
    ["a:2222 slots=1\na slots=2", "a:2222 in line 1 and a in line 2"],
    ["[::1]\n[0:0::0:1]", "::1 in line 1 and 0:0::0:1 in line 2"],
    ["[fe80::1%eth0]\n[FE80:0::1%eth0]", "fe80::1%eth0 in line 1"],
  ])("with a host twice is refused: %p", (text, message) => {
    const line = text.split("\n").length;
    expect(() => parseHostfile(text, "hosts")).toThrow(
      `hosts:${line}: expected each host once, got ${message}`,
    );
  });

  it("may have two machines behind one address, by their ports", () => {
    const text = "gate:2201 slots=1\ngate:2202 slots=1\n[fe80::1%eth0]\n[fe80::1%eth1]";
    expect(parseHostfile(text, "hosts")).toHaveLength(4);
  });

  it("may be the one of docs/hosts.md", () => {
    const chapter = readFileSync(join(__dirname, "../../../docs/hosts.md"), "utf8");
    const example = /```\n(# hosts\n[^`]*)```/.exec(chapter)?.[1] ?? "";
    const hosts = parseHostfile(example, "docs/hosts.md");
    expect(hosts.map((host) => `${hostText(host)} ${host.slots}`)).toEqual([
      ...["node1 4", "node2 4", "me@node3:2222 2", "fd00::7 4", "[fd00::8]:2222 2", "node4 1"],
      ...["node5 auto", "node6 4"],
    ]);
  });

  it("gives what was written, however it was written", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
    const host = fc.oneof(name, fc.ipV4(), fc.ipV6());
    const written = fc.record({
      host,
      user: fc.option(name, { nil: undefined }),
      port: fc.option(fc.integer({ min: 22, max: 65_535 }), { nil: undefined }),
      slots: fc.oneof(fc.integer({ min: 1, max: 1024 }), fc.constant("auto" as const)),
      before: fc.stringMatching(/^[ \t]*$/),
      between: fc.stringMatching(/^[ \t]+$/),
      after: fc.constantFrom("", " ", "\t# x", "#", " # slots=9"),
    });
    fc.assert(
      fc.property(
        fc.array(written, { minLength: 1, maxLength: 1 }),
        fc.constantFrom("\n", "\r\n"),
        (all, end) => {
          const text = all
            .map(({ host: own, user, port, slots, before, between, after }) => {
              const bracketed = own.includes(":") ? `[${own}]` : own;
              const login = user === undefined ? "" : `${user}@`;
              const ssh = port === undefined ? "" : `:${port}`;
              return `${before}${login}${bracketed}${ssh}${between}slots=${slots}${after}${end}`;
            })
            .join("");
          expect(
            parseHostfile(text, "hosts").map(({ host: own, user, port, slots }) => ({
              own,
              user,
              port,
              slots,
            })),
          ).toEqual(all.map(({ host: own, user, port, slots }) => ({ own, user, port, slots })));
        },
      ),
    );
  });

  it("of any text gives hosts or one line that names the file", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "a",
        "[",
        "]",
        ":",
        "::",
        "@",
        "%",
        "slots=",
        "max_slots=",
        "4",
        "auto",
        " ",
        "\n",
        "#",
        "\t",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          const hosts = parseHostfile(pieces.join(""), "hosts");
          expect(hosts.length).toBeGreaterThan(0);
          for (const host of hosts) expect(hostText(host)).toMatch(/^[\w.%:@[\]+\\$-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect(String(error)).toMatch(/^UsageError: hosts:.* expected [^\n]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("hostText", () => {
  it("writes a host as ssh takes it", () => {
    expect(hostText(entry({ user: "me", port: 2222 }))).toBe("me@a:2222");
    expect(hostText(entry({ host: "::1", port: 2222 }))).toBe("[::1]:2222");
    expect(hostText(entry({ host: "::1" }))).toBe("::1");
  });
});
