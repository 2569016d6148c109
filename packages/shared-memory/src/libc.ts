/**
 * The six calls of the C library that sharing memory takes, through koffi, which ships prebuilt and
 * is an optional dependency. The only file that knows it.
 */
import { createRequire } from "node:module";

export interface Libc {
  /** A file without a name that lives in memory, and as long as somebody has it open or mapped. */
  createMemoryFile(name: string, bytes: number): number;
  /** Puts `bytes` of the file, from its beginning, in the place of the pages at `target`. Returns the address. */
  mapFile(target: Uint8Array, bytes: number, fd: number): bigint;
  /** Puts fresh memory of this process there instead. */
  unmapFile(target: Uint8Array, bytes: number): void;
  /** Sleeps until woken, while the word at `address` is `expected`; at most `timeoutMs`. */
  futexWait(address: bigint, expected: number, timeoutMs: number): void;
  /** Wakes all who sleep there, in every process. */
  futexWake(address: bigint): void;
}

/** What is used of koffi: its own types are those of an ECMAScript module. */
interface Koffi {
  load(library: null): { func(prototype: string): (...values: unknown[]) => unknown };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

const closeOnExec = 1;
const readAndWrite = 3;
const map = { shared: 0x1, private: 0x2, fixed: 0x10, anonymous: 0x20, noReserve: 0x4000 };
const futex = { wait: 0, wake: 1 };
const everyone = 0x7fffffff;
const futexCall: Partial<Record<NodeJS.Architecture, number>> = { x64: 202, arm64: 98 };

/** Throws an Error that says what is missing here. */
export function loadLibc(): Libc {
  const futexNumber = futexCall[process.arch];
  if (process.platform !== "linux" || futexNumber === undefined) {
    throw new Error(`it needs Linux on x64 or arm64, this is ${process.platform} ${process.arch}`);
  }
  const koffi = loadKoffi();
  const self = koffi.load(null);
  const memfdCreate = self.func("int memfd_create(const char *name, unsigned int flags)");
  const ftruncate = self.func("int ftruncate(int fd, int64_t length)");
  const mmap = self.func(
    "void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)",
  );
  const futexOf = self.func(
    "long syscall(long number, void *word, int operation, uint32_t value, void *timeout, void *word2, uint32_t value3)",
  );
  const failed = 2n ** 64n - 1n;
  const mapped = (target: Uint8Array, bytes: number, flags: number, fd: number): bigint => {
    const address = mmap(target, bytes, readAndWrite, flags, fd, 0) as bigint;
    if (address !== failed) return address;
    throw new Error(`mmap of ${bytes} bytes failed with ${errorName(koffi)}`);
  };
  const timeout = new BigInt64Array(2);

  return {
    createMemoryFile(name, bytes) {
      const fd = memfdCreate(name, closeOnExec) as number;
      if (fd < 0) throw new Error(`memfd_create failed with ${errorName(koffi)}`);
      if (ftruncate(fd, bytes) !== 0) {
        throw new Error(`ftruncate to ${bytes} bytes failed with ${errorName(koffi)}`);
      }
      return fd;
    },
    mapFile: (target, bytes, fd) => mapped(target, bytes, map.shared | map.fixed, fd),
    unmapFile(target, bytes) {
      mapped(target, bytes, map.private | map.fixed | map.anonymous | map.noReserve, -1);
    },
    futexWait(address, expected, timeoutMs) {
      timeout[0] = BigInt(Math.floor(timeoutMs / 1000));
      timeout[1] = BigInt(Math.floor((timeoutMs % 1000) * 1e6));
      futexOf(futexNumber, address, futex.wait, expected >>> 0, timeout, null, 0);
    },
    futexWake(address) {
      futexOf(futexNumber, address, futex.wake, everyone, null, null, 0);
    },
  };
}

function loadKoffi(): Koffi {
  try {
    // Not plain `require`: the package is optional, and a bundler must leave it outside.
    return createRequire(__filename)("koffi") as Koffi;
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(`the npm package koffi does not load (${line})`, { cause: error });
  }
}

function errorName(koffi: Koffi): string {
  const number = koffi.errno();
  const found = Object.entries(koffi.os.errno).find(([, value]) => value === number);
  return found?.[0] ?? `errno ${number}`;
}
