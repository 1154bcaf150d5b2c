/**
 * Makes instances of the WebAssembly code in this folder. A thread makes each at its first use, at
 * once: the code is less than a kilobyte, and takes less than a millisecond.
 */

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The exports of the code, besides its functions. */
export interface WasmExports {
  readonly memory: WasmMemory;
}

/** The used part of WebAssembly, which @types/node does not describe. */
interface WasmSystem {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: WasmExports };
}

declare const WebAssembly: WasmSystem | undefined;

const PAGE_BYTES = 65_536;

/**
 * @param code in base64
 * @param memoryBytes least size of its memory
 * @returns the exports; null where Node has no WebAssembly (`--jitless`), no vector instructions (old
 *   processors), or no address space for its memory: everything works without it, more slowly
 */
export function instantiate(code: string, memoryBytes: number): WasmExports | null {
  if (typeof WebAssembly === 'undefined') return null;
  try {
    const module = new WebAssembly.Module(Buffer.from(code, 'base64'));
    const { exports } = new WebAssembly.Instance(module);
    const missingBytes = memoryBytes - exports.memory.buffer.byteLength;
    if (missingBytes > 0) exports.memory.grow(Math.ceil(missingBytes / PAGE_BYTES));
    return exports;
  } catch {
    return null;
  }
}
