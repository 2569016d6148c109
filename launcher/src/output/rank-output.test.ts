import { describe, expect, it } from "@jest/globals";
import { PassThrough, Writable } from "node:stream";
import { lineFormatter } from "./line-format.js";
import { Outlet } from "./outlet.js";
import { type Passage, passOn } from "./rank-output.js";
import { Terminal } from "./terminal.js";

/** A reader that takes what it is given when it is told to, or at once. */
class Reader extends Writable {
  text = "";
  #taken: (() => void)[] = [];

  constructor(readonly slow: boolean) {
    super({ highWaterMark: 1024 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.slow) this.#taken.push(done);
    else done();
  }

  take(): void {
    this.#taken.shift()?.();
  }
}

function setUp(options: { slow?: boolean; rank?: number; file?: Outlet } = {}): {
  source: PassThrough;
  reader: Reader;
  errors: Reader;
  terminal: Terminal;
  passage: Passage;
} {
  const { slow = false, rank = 0, file } = options;
  const reader = new Reader(slow);
  const errors = new Reader(false);
  const terminal = new Terminal({ stdout: reader, stderr: errors }, () => undefined);
  const source = new PassThrough();
  const format = lineFormatter({ rank, color: false, now: undefined });
  const passage = passOn({ rank, name: "stdout", source, terminal, format, file });
  return { source, reader, errors, terminal, passage };
}

describe("passOn", () => {
  it("passes whole lines, and the last one when the stream ends", async () => {
    const { source, reader, passage } = setUp({ rank: 1 });
    source.write("one\ntw");
    source.write("o\nthr");
    source.end("ee");
    await passage.done;
    expect(reader.text).toBe("[1] one\n[1] two\n[1] three\n");
  });

  it("leaves rank 0's bytes alone", async () => {
    const { source, reader, passage } = setUp();
    source.end('{"result": 1}');
    await passage.done;
    expect(reader.text).toBe('{"result": 1}');
  });

  it("stops reading a rank whose reader is slow, and goes on with it", async () => {
    const { source, reader, passage } = setUp({ slow: true });
    const line = `${"x".repeat(2047)}\n`;
    source.write(line);
    await new Promise((resolve) => setImmediate(resolve));
    expect(passage.blocked).toBe(true);
    expect(source.isPaused()).toBe(true);
    source.end(line);
    const resumed = new Promise((resolve) => source.once("resume", resolve));
    reader.take();
    await resumed;
    await new Promise((resolve) => setImmediate(resolve));
    reader.take();
    await passage.done;
    expect(reader.text).toBe(line + line);
  });

  it("waits for a slow file too", async () => {
    const disk = new Reader(true);
    const { source, passage } = setUp({ file: new Outlet(disk, () => undefined) });
    source.write("x".repeat(2048));
    await new Promise((resolve) => setImmediate(resolve));
    expect(passage.blocked).toBe(true);
    source.destroy();
    await passage.done;
  });

  it("has left a slow file only when the file has taken everything", async () => {
    const disk = new Reader(true);
    const file = new Outlet(disk, () => undefined);
    const { source, passage } = setUp({ file });
    source.end("one\n");
    await passage.done;
    let ended = false;
    const ending = file.end().then(() => (ended = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    disk.take();
    await ending;
    expect(disk.text).toBe("one\n");
  });

  it("goes on without a file that broke", async () => {
    const disk = new Reader(false);
    const warnings: string[] = [];
    const file = new Outlet(disk, (error) => warnings.push(error.message));
    const { source, reader, passage } = setUp({ file });
    disk.destroy(new Error("no space left"));
    await new Promise((resolve) => setImmediate(resolve));
    source.end("one\n");
    await passage.done;
    await file.end();
    expect(reader.text).toBe("one\n");
    expect(warnings).toEqual(["no space left"]);
  });
});

describe("Terminal", () => {
  it("ends a line that a rank left open before it speaks itself", () => {
    const reader = new Reader(false);
    const terminal = new Terminal({ stdout: new Reader(false), stderr: reader }, () => undefined);
    terminal.write("stderr", "rank 0 stderr", Buffer.from("half"));
    terminal.write("stderr", "rank 0 stderr", Buffer.from(" a line"));
    terminal.say("tsrun: a word");
    terminal.say("tsrun: another");
    expect(reader.text).toBe("half a line\ntsrun: a word\ntsrun: another\n");
  });

  it("tells once when nobody reads any more, and drops the rest", async () => {
    const reader = new Reader(false);
    const told: string[] = [];
    const terminal = new Terminal({ stdout: reader, stderr: new Reader(false) }, (error) =>
      told.push(error.message),
    );
    reader.destroy(new Error("EPIPE"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.write("stdout", "rank 0 stdout", Buffer.from("x\n"))).toBe(true);
    await terminal.flushed();
    expect(told).toEqual(["EPIPE"]);
  });

  it("makes room on a screen for lines above what is drawn there", () => {
    const screen = Object.assign(new Reader(false), { isTTY: true });
    const terminal = new Terminal({ stdout: screen, stderr: screen }, () => undefined);
    terminal.overlay = { erase: () => screen.write("<erase>") };
    terminal.write("stdout", "rank 1 stdout", Buffer.from("[1] hello\n"));
    terminal.overlay = undefined;
    terminal.say("bye");
    expect(screen.text).toBe("<erase>[1] hello\nbye\n");
  });
});
