/** The part of WebAssembly that the packages use: its types come only with those of the DOM. */
declare namespace WebAssembly {
  interface SharedMemoryDescriptor {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }

  /** `Buffer` is an ArrayBuffer where the memory is not shared. */
  class Memory<Buffer extends ArrayBufferLike = SharedArrayBuffer> {
    constructor(descriptor: SharedMemoryDescriptor);
    readonly buffer: Buffer;
    grow(pages: number): number;
  }

  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;
  function validate(bytes: Uint8Array): boolean;

  class Instance {
    constructor(
      module: Module,
      imports: { readonly env: { readonly memory: Memory<ArrayBufferLike> } },
    );
    readonly exports: object;
  }
}
