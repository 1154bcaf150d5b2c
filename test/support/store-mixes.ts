/** Every disk that a power loss can leave at one moment, where few sectors are under way. */
import { SECTOR_BYTES } from './memory-file';
import { MemoryFiles } from './memory-files';
import { nothingElse } from './store-random';

/** More would take too long, and is not what a test means. */
const SECTORS_MAX = 12;

/**
 * @param build makes the same disk each time it is called
 * @returns disks with any of the un-synced sectors of journal and bets.csv kept, the others lost
 */
export function* everyPowerLoss(build: () => MemoryFiles): Generator<MemoryFiles> {
  const written = build().contents();
  const durable = build().crash(nothingElse).contents();
  const places = [...written].flatMap(([path, bytes]) => {
    const before = durable.get(path) ?? Buffer.alloc(0);
    return sectorsOf(bytes)
      .filter((at) => !sector(bytes, at).equals(sector(before, at)))
      .map((at) => ({ path, at }));
  });
  if (places.length > SECTORS_MAX)
    throw new Error(`${String(places.length)} sectors are under way`);
  for (let choice = 0; choice < 2 ** places.length; choice++) {
    const contents = new Map([...durable].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    places.forEach(({ path, at }, i) => {
      if ((choice & (1 << i)) === 0) return;
      const left = contents.get(path) ?? Buffer.alloc(0);
      const kept = sector(written.get(path) ?? Buffer.alloc(0), at);
      const mixed = Buffer.alloc(Math.max(left.length, at + kept.length));
      left.copy(mixed);
      kept.copy(mixed, at);
      contents.set(path, mixed);
    });
    yield MemoryFiles.holding(contents);
  }
}

function sectorsOf(bytes: Buffer): number[] {
  return Array.from({ length: Math.ceil(bytes.length / SECTOR_BYTES) }, (_, i) => i * SECTOR_BYTES);
}

function sector(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at, at + SECTOR_BYTES);
}
