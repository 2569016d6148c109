/** The part of WebAssembly that is used here: its types come only with those of the DOM. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
  }
  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;
  function validate(bytes: Uint8Array): boolean;

  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: object;
  }
}
