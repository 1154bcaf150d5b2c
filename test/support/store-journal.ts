/** Finds the parts of a journal segment by the layout in docs, without the code under test. */

/** Where a part begins and ends. */
export interface Span {
  readonly at: number;
  readonly end: number;
}

export interface RecordSpan extends Span {
  readonly sequence: number;
  /** Where its rows begin. */
  readonly rowsAt: number;
}

export interface SegmentMap {
  readonly path: string;
  readonly bytes: Buffer;
  readonly generation: number;
  readonly header: Span;
  readonly records: readonly RecordSpan[];
}

const SEGMENTS = ['/data/journal.a', '/data/journal.b'];

/** Both segments of a directory in which nothing is damaged, the one in use last. */
export function mapJournal(contents: ReadonlyMap<string, Buffer>): SegmentMap[] {
  return SEGMENTS.map((path) => mapSegment(path, contents.get(path) ?? Buffer.alloc(0))).sort(
    (a, b) => a.generation - b.generation,
  );
}

/** The segment in use. */
export function currentSegment(contents: ReadonlyMap<string, Buffer>): SegmentMap {
  const segment = mapJournal(contents).at(-1);
  if (segment === undefined) throw new Error('no segment');
  return segment;
}

function mapSegment(path: string, bytes: Buffer): SegmentMap {
  if (!['LNJRNL03', 'LNJRNL04', 'LNJRNL05'].includes(bytes.toString('latin1', 0, 8))) {
    return { path, bytes, generation: 0, header: { at: 0, end: 0 }, records: [] };
  }
  const generation = Number(bytes.readBigUInt64BE(8));
  const header = { at: 0, end: 48 + bytes.readUInt32BE(40) };
  const records: RecordSpan[] = [];
  for (let at = header.end; at + 44 <= bytes.length;) {
    if (bytes.toString('latin1', at, at + 4) !== 'LNC1') break;
    if (Number(bytes.readBigUInt64BE(at + 8)) !== generation) break;
    // A record without entries is a seal, which the next commit overwrites.
    if (bytes.readUInt32BE(at + 4) === 0) break;
    const rowsAt = at + 44 + bytes.readUInt32BE(at + 4);
    const end = rowsAt + bytes.readUInt32BE(at + 32);
    records.push({ at, end, rowsAt, sequence: Number(bytes.readBigUInt64BE(at + 16)) });
    at = end;
  }
  return { path, bytes, generation, header, records };
}

/** `bytes` with `parts` behind `at`, and zeros up to the old length. */
export function rewritten(bytes: Buffer, at: number, ...parts: readonly Buffer[]): Buffer {
  const copy = Buffer.alloc(bytes.length);
  bytes.copy(copy, 0, 0, at);
  Buffer.concat(parts).copy(copy, at);
  return copy;
}

/** `bytes` with one byte changed. */
export function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ mask, at);
  return copy;
}
