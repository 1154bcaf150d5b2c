/** What the simulated central is made of beside the real parts. */
import type { Edition } from '../../src/domain/contest';
import { auditRangeBy } from '../../src/parsing/audit-range';
import { readRanges } from '../../src/parsing/audit-ranges';
import { parseHere, type Parsed } from '../../src/parsing/parsed';
import type { Parser } from '../../src/parsing/parser';
import type { ServerCodec } from '../../src/protocol/commands';
import { DetectingCodec } from '../../src/protocol/dialects/detecting';
import { CREATE_CODEC } from '../../src/protocol/dialects/dialects';
import type { BetsAudit } from '../../src/store/file/bets/bets-audit';
import type { Files } from '../../src/store/file/directory/files';
import { SlabParser } from '../support/slab-parser';
import type { Dialect } from '../../src/protocol/conversion';
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

/** The real audit, range by range, in any order. */
export function readRangesLater(
  process: SimProcess,
  files: Files,
  scanChunkBytes: number,
  audit: BetsAudit,
): PromiseLike<void> {
  const { random } = process.world;
  const done = new SimPromise<void>(process);
  readRanges(
    audit,
    (range) =>
      SimPromise.after(process, random.int(0, 20), () =>
        auditRangeBy((into, at) => files.read(range.fd, into, at), range, scanChunkBytes),
      ),
    random.int(1, 6),
    () => {
      done.resolve();
    },
    (error) => {
      done.reject(error);
    },
  );
  return done;
}

/** Steps of long work, with other events in between. */
export function runStepsLater(process: SimProcess, step: () => boolean): PromiseLike<void> {
  const { random } = process.world;
  const done = new SimPromise<void>(process);
  const next = (): void => {
    SimPromise.after(process, random.int(0, 5), step).then(
      (isOver) => {
        if (isOver) done.resolve();
        else next();
      },
      (error: unknown) => {
        done.reject(error);
      },
    );
  };
  next();
  return done;
}

const slabs = new SlabParser();

/** Parses at once, or sometimes later and through a slab, as the pool does. */
export function parserFor(process: SimProcess, checksLater: boolean, edition: Edition): Parser {
  const { random } = process.world;
  return {
    parse: (messages) => {
      if (!checksLater || messages.length === 0 || random.chance(0.5)) {
        return messages.map((message) => parseHere(message, edition));
      }
      const parse = (): Parsed[] => slabs.parseAll(messages, edition);
      return SimPromise.after(process, random.int(0, 5), parse);
    },
  };
}

/** What a connection speaks to the central, with bounds that are met. */
export function codecFor(
  dialect: Dialect | null,
  { detects, winnersPageBytesMax, inputBounds }: CodecSettings,
): ServerCodec {
  const codec = detects ? new DetectingCodec() : CREATE_CODEC[dialect ?? 'native']();
  const isNative = dialect === null;
  return Object.defineProperties(codec, {
    winnersPageBytesMax: { value: isNative ? winnersPageBytesMax : Number.POSITIVE_INFINITY },
    inputBytesMax: { value: isNative ? inputBounds.native : inputBounds.legacy },
  });
}
