/**
 * A folder in which the ranks of a job find each other before they can speak: on a file system that all
 * their hosts see, and for nobody but their user. Secrets pass through it, so that each file is 0600, comes
 * into place whole, and is believed only where owner and mode are as they should be.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { KoloError } from "@kolo/core";

/** More than a certificate, its key and a list of hosts take. */
const maxFileBytes = 1 << 20;

export class MeetingFolder {
  /** Makes it, or takes the one that another rank has made. Throws `config_invalid`. */
  constructor(readonly path: string) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unusable(path, error);
    }
    const stats = lstatSync(path);
    if (!stats.isDirectory()) throw notOurs(path, "a folder", "something else");
    expectOurs(path, stats);
  }

  /** Throws `config_invalid` where that is not possible. */
  write(name: string, value: object): void {
    const file = join(this.path, name);
    const draft = `${file}.${randomBytes(6).toString("hex")}`;
    try {
      writeFileSync(draft, JSON.stringify(value), { mode: 0o600, flag: "wx" });
      renameSync(draft, file);
    } catch (error) {
      throw unusable(this.path, error);
    }
  }

  /** Undefined where there is no such file. Throws `config_invalid` for one that is not to be believed. */
  read(name: string): unknown {
    const file = join(this.path, name);
    let fd: number;
    try {
      fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ESTALE") return undefined;
      throw unusable(this.path, error);
    }
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) throw notOurs(file, "a file", "something else");
      expectOurs(file, stats);
      if (stats.size > maxFileBytes) throw notOurs(file, "a small file", `${stats.size} bytes`);
      return JSON.parse(readFileSync(fd, "utf8"));
    } finally {
      closeSync(fd);
    }
  }

  /** Writes it where it is not to be read; not where the folder is gone. */
  keep(name: string, value: object): void {
    try {
      // Opened, and not only asked for: other hosts remember for long what there is.
      if (this.read(name) === undefined) this.write(name, value);
    } catch (error) {
      if (existsSync(this.path)) throw error;
    }
  }

  /** Removes those of its files. */
  removeAll(isMeant: (name: string) => boolean): void {
    for (const name of readdirSync(this.path).filter(isMeant)) this.remove(name);
  }

  remove(name: string): void {
    rmSync(join(this.path, name), { force: true });
  }

  /** With all that is in it. */
  close(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function expectOurs(path: string, { uid, mode }: Stats): void {
  const own = process.getuid?.() ?? uid;
  if (uid !== own) throw notOurs(path, `user ${own} to own it`, `user ${uid}`);
  const bits = mode & 0o777;
  if ((bits & 0o077) !== 0) throw notOurs(path, "it to be its user's alone", `mode ${octal(bits)}`);
}

const octal = (bits: number): string => bits.toString(8).padStart(4, "0");

function notOurs(path: string, expected: string, got: string): KoloError {
  return new KoloError(
    "config_invalid",
    `${path}, in which the ranks of the job meet: expected ${expected}, got ${got}`,
  );
}

function unusable(path: string, error: unknown): KoloError {
  return new KoloError(
    "config_invalid",
    `cannot use ${path}, in which the ranks of the job meet: ${(error as Error).message}; name a folder ` +
      "that all hosts see with --shared-directory, or in KOLO_SHARED_DIRECTORY",
    { cause: error },
  );
}
