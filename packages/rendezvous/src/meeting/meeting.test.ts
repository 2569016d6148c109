import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KoloError, systemClock } from "@kolo/core";
import { attendMeeting, gather } from "./meeting.js";
import { MeetingFolder } from "./meeting-folder.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kolo-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});
const path = (): string => join(directory, ".kolo-test");
const limits = (timeoutMs: number) => ({ clock: systemClock, timeoutMs });

describe("a meeting of ranks", () => {
  it("brings every rank its own invitation, and leaves nothing behind", async () => {
    const size = 3;
    const attending = [0, 1, 2].map((rank) =>
      attendMeeting(new MeetingFolder(path()), { rank, size, host: `h${rank}` }, limits(10_000)),
    );
    const guests = await gather(new MeetingFolder(path()), size, limits(10_000));
    expect(guests.map(({ rank, host }) => [rank, host])).toEqual([
      [0, "h0"],
      [1, "h1"],
      [2, "h2"],
    ]);
    const launch = (rank: number) => ({ token: `token of rank ${rank}, long enough` });
    for (const guest of guests) {
      guest.invite({ hosts: [0, 1, 2], coordinator: "h0:1", launch: launch(guest.rank) });
    }
    expect((await Promise.all(attending)).map((got) => got.launch)).toEqual([0, 1, 2].map(launch));
    const folder = new MeetingFolder(path());
    for (const rank of [0, 1, 2]) {
      expect(folder.read(`rank-${rank}.invitation`)).toBeUndefined();
      expect(folder.read(`rank-${rank}.hello`)).toBeUndefined();
    }
    folder.close();
    expect(() => statSync(path())).toThrow("ENOENT");
  });

  it("takes no answer to another greeting", async () => {
    const folder = new MeetingFolder(path());
    folder.write("rank-1.invitation", {
      nonce: "old",
      hosts: [0, 0],
      coordinator: "x:1",
      launch: "",
    });
    await expect(
      attendMeeting(folder, { rank: 1, size: 2, host: "h" }, limits(120)),
    ).rejects.toThrow("[rendezvous_timeout] expected rank 0 to answer rank 1 in");
  });

  it("is not misled by what a job of the same name has left", async () => {
    const left = new MeetingFolder(path());
    for (const rank of [0, 1]) {
      left.write(`rank-${rank}.hello`, { rank, size: 2, host: "before", nonce: "old" });
    }
    // Rank 0 greets before anybody holds the meeting, rank 1 after.
    const first = attendMeeting(left, { rank: 0, size: 2, host: "now" }, limits(10_000));
    const gathering = gather(new MeetingFolder(path()), 2, limits(10_000));
    const second = attendMeeting(left, { rank: 1, size: 2, host: "now" }, limits(10_000));
    const guests = await gathering;
    expect(guests.map(({ host }) => host)).toEqual(["now", "now"]);
    const launch = { token: "a token that is long enough" };
    for (const guest of guests) guest.invite({ hosts: [0, 0], coordinator: "now:1", launch });
    expect(await Promise.all([first, second])).toMatchObject([{ launch }, { launch }]);
  });

  it("tells who came whom it has missed", async () => {
    const attending = attendMeeting(
      new MeetingFolder(path()),
      { rank: 1, size: 3, host: "h" },
      limits(10_000),
    );
    const missed = "expected 3 ranks in .* within 0.3 s, got 1; missing: 0, 2";
    const gathering = gather(new MeetingFolder(path()), 3, limits(300));
    await Promise.all([
      expect(gathering).rejects.toThrow(new RegExp(missed)),
      expect(attending).rejects.toThrow(new RegExp(missed)),
    ]);
  });

  it("hands on why the one who holds it has failed", async () => {
    const greeting = { rank: 0, size: 1, host: "h" };
    const attending = attendMeeting(new MeetingFolder(path()), greeting, limits(10_000));
    const [guest] = await gather(new MeetingFolder(path()), 1, limits(10_000));
    guest?.refuse(new KoloError("config_invalid", "no address"));
    await expect(attending).rejects.toThrow("[config_invalid] no address");
  });
});

describe("a meeting's folder", () => {
  it("and its files are their user's alone", () => {
    const folder = new MeetingFolder(path());
    folder.write("file", { a: 1 });
    expect(folder.read("file")).toEqual({ a: 1 });
    expect(statSync(path()).mode & 0o777).toBe(0o700);
    expect(statSync(join(path(), "file")).mode & 0o777).toBe(0o600);
  });

  it("is refused where others may write to it, or it is none", () => {
    mkdirSync(path());
    chmodSync(path(), 0o770);
    expect(() => new MeetingFolder(path())).toThrow("to be its user's alone, got mode 0770");
    rmSync(path(), { recursive: true });
    symlinkSync(directory, path());
    expect(() => new MeetingFolder(path())).toThrow("expected a folder, got something else");
    rmSync(path());
    expect(() => new MeetingFolder(join(path(), "below"))).toThrow("--shared-directory");
  });

  it("has no file that is to be believed where others may read it, or it is a link", () => {
    const folder = new MeetingFolder(path());
    const file = join(path(), "file");
    writeFileSync(file, "{}");
    chmodSync(file, 0o644);
    expect(() => folder.read("file")).toThrow("to be its user's alone, got mode 0644");
    rmSync(file);
    symlinkSync("/dev/null", file);
    expect(() => folder.read("file")).toThrow("[config_invalid] cannot use");
  });
});
