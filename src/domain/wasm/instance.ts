/**
 * Makes instances of the WebAssembly code in this folder, and copies to and from their memory, which threads
 * share. A thread makes each at its first use, at once: the code is less than a kilobyte, and takes less than
 * a millisecond.
 */

/** Memory that threads share, for WebAssembly code. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

interface WasmMemoryOptions {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: true;
}

/** The used part of WebAssembly, which @types/node does not describe. */
interface WasmSystem {
  readonly Memory: new (options: WasmMemoryOptions) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly rows: { readonly memory: WasmMemory } },
  ) => { readonly exports: object };
}

declare const WebAssembly: WasmSystem | undefined;

const PAGE_BYTES = 65_536;

/**
 * @param bytes least size
 * @returns null where Node has no WebAssembly (`--jitless`), or no address space for the memory
 */
export function createWasmMemory(bytes: number): WasmMemory | null {
  if (typeof WebAssembly === 'undefined') return null;
  const pages = Math.ceil(bytes / PAGE_BYTES);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return null;
  }
}

/**
 * @param code in base64
 * @param memory for the code
 * @returns the exports; null where Node has no WebAssembly, or no vector instructions (old processors):
 *   everything works without it, more slowly
 */
export function instantiate(code: string, memory: WasmMemory): object | null {
  if (typeof WebAssembly === 'undefined') return null;
  try {
    const module = new WebAssembly.Module(Buffer.from(code, 'base64'));
    return new WebAssembly.Instance(module, { rows: { memory } }).exports;
  } catch {
    return null;
  }
}

// `set` and `copy` go byte by byte in shared memory, which takes ten times as long: V8 expects another thread to
// write meanwhile. `fill` with as many bytes as there are to fill is one memcpy; whoever calls these functions knows
// that no other thread is at the bytes.

/** Copies `bytes`, one or more, to where `at` is. */
export function copyToShared(shared: Buffer, at: number, bytes: Uint8Array): void {
  shared.fill(bytes, at, at + bytes.length);
}

/** A copy of what stands between two places. */
export function copyOfShared(shared: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(end - start);
  return end > start ? copy.fill(shared.subarray(start, end)) : copy;
}
