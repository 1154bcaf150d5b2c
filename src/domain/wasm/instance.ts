/**
 * Makes instances of the WebAssembly code in this folder. A thread makes each at its first use, at
 * once: the code is less than a kilobyte, and takes less than a millisecond.
 */

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What the code exports, besides its functions. */
export interface WasmExports {
  readonly memory: WasmMemory;
}

/** What is used of WebAssembly, which @types/node does not describe. */
interface WasmSystem {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: WasmExports };
}

declare const WebAssembly: WasmSystem | undefined;

const PAGE_BYTES = 65_536;

/**
 * @param code in base64
 * @param memoryBytes what its memory must hold at least
 * @returns what the code exports; null where Node has no WebAssembly (`--jitless`), none with vectors
 *   (old processors), or no address space for its memory: everything goes on without it, more slowly
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
