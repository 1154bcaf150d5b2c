/** What the simulated central is made of beside the real parts. */
import type { Winners } from '../../src/domain/winners';
import { checkRows, type RowsVerdict } from '../../src/domain/row-check';
import type { RowParser } from '../../src/parsing/row-parser';
import { scanRows, type ScanResult } from '../../src/parsing/tasks';
import { collectWinners, rangesOf } from '../../src/parsing/winner-search';
import type { ServerCodec } from '../../src/protocol/commands';
import { DetectingCodec } from '../../src/protocol/dialects/detecting';
import { CREATE_CODEC } from '../../src/protocol/dialects/dialects';
import type { Files } from '../../src/store/files';
import type { LegacyDialect } from './legacy-wire';
import type { InputBounds } from './network';
import type { SimProcess } from './sim-process';
import { SimPromise } from './sim-promise';

export interface CodecSettings {
  /** One port for all: the first bytes tell what is spoken. */
  readonly detects: boolean;
  readonly winnersPageBytesMax: number;
  readonly inputBounds: InputBounds;
}

/** How bets.csv is looked through. */
export interface ScanSettings {
  readonly scanChunkBytes: number;
  readonly scanRangeBytes: number;
}

/** The real scan, range by range, in any order. */
export function searchLater(
  process: SimProcess,
  files: Files,
  { scanChunkBytes, scanRangeBytes }: ScanSettings,
  path: string,
  bytes: number,
): PromiseLike<Winners> {
  const { random } = process.world;
  const ranges = rangesOf(path, bytes, scanRangeBytes);
  const results: ScanResult[] = [];
  const found = new SimPromise<Winners>(process);
  let missing = ranges.length;
  const finishIfAll = (): void => {
    if (missing === 0) found.resolve(collectWinners(results));
  };
  for (const [i, { start, end }] of ranges.entries()) {
    const scan = SimPromise.after(process, random.int(0, 20), () => {
      const fd = files.open(path, false);
      try {
        const read = (into: Buffer, at: number): number => files.read(fd, into, at);
        return scanRows(read, start, end, scanChunkBytes);
      } finally {
        files.close(fd);
      }
    });
    scan.then(
      (result) => {
        results[i] = result;
        missing--;
        finishIfAll();
      },
      (error: unknown) => {
        found.reject(error);
      },
    );
  }
  finishIfAll();
  return found;
}

/** Checks rows at once, or sometimes later, as the pool does. */
export function parserFor(process: SimProcess, checksLater: boolean): RowParser {
  const { random } = process.world;
  return {
    check: (batches) => {
      const check = (): RowsVerdict[] => batches.map((rows) => checkRows(rows));
      if (!checksLater || batches.length === 0 || random.chance(0.5)) return check();
      return SimPromise.after(process, random.int(0, 5), check);
    },
  };
}

/** What a connection speaks to the central, with bounds that are met. */
export function codecFor(
  dialect: LegacyDialect | null,
  { detects, winnersPageBytesMax, inputBounds }: CodecSettings,
): ServerCodec {
  const codec = detects ? new DetectingCodec() : CREATE_CODEC[dialect ?? 'native']();
  const isNative = dialect === null;
  return Object.defineProperties(codec, {
    winnersPageBytesMax: { value: isNative ? winnersPageBytesMax : Number.POSITIVE_INFINITY },
    inputBytesMax: { value: isNative ? inputBounds.native : inputBounds.legacy },
  });
}
