/** The worker's file: piscina calls these by name. */
import { workerData } from 'node:worker_threads';
import type { WasmMemory } from '../domain/wasm/instance';
import { SlabReader } from './parse-slab';
import type { SlabPart } from './slab';

export { auditRange } from './audit-range';

/** What the pool gives to each of its threads. */
export interface WorkerData {
  readonly slabs: readonly WasmMemory[];
}

export interface SlabTask extends SlabPart {
  /** Which slab. */
  readonly slab: number;
}

const readers = new Map<number, SlabReader>();

/** @returns where the results end in the slab */
export function parseSlab(task: SlabTask): number {
  return readerOf(task.slab).parse(task);
}

/** Makes all that the first task would otherwise wait for. */
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
