/** Entry point of worker threads: piscina calls the exported functions by name. */
import { workerData } from 'node:worker_threads';
import type { WasmMemory } from '../domain/wasm/instance';
import { SlabReader } from './parse-slab';
import type { SlabPart } from './slab';

export { auditRange } from './audit-range';

/** Given to each thread when it is started. */
export interface WorkerData {
  readonly slabs: readonly WasmMemory[];
}

/** Some messages of a slab for one worker. The bytes stay in shared memory: only this is sent to the thread. */
export interface SlabTask extends SlabPart {
  /** Index of the slab. */
  readonly slab: number;
}

const readers = new Map<number, SlabReader>();

/** @returns the offset behind the results in the slab */
export function parseSlab(task: SlabTask): number {
  return readerOf(task.slab).parse(task);
}

/** Compiles the row check, so that the first task does not wait for it. */
export function warmUp(): void {
  (workerData as WorkerData).slabs.forEach((_, i) => readerOf(i));
}

function readerOf(slab: number): SlabReader {
  let reader = readers.get(slab);
  if (reader === undefined) {
    const memory = (workerData as WorkerData).slabs[slab];
    if (memory === undefined) throw new RangeError(`there is no slab ${String(slab)}`);
    reader = new SlabReader(memory);
    readers.set(slab, reader);
  }
  return reader;
}
