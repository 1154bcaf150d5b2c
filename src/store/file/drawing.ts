/** The winners among the bets of bets.csv: found and saved in winners.csv, or read from there. */
import { dirname, join } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { blockBytesFor, type BlockHashes } from '../acta';
import type { DrawRecord } from '../state';
import { damaged, withStoreCode } from '../store-error';
import { BetsAudit, type AuditOptions, type WinnerTotals } from './bets/bets-audit';
import type { FileDescriptor, Files } from './directory/files';
import type { Store } from './store';
import { WINNERS_NAME, type WinnersFile } from './winners/winners-file';
import { WinnersReader } from './winners/winners-reader';
import { WinnersSpool } from './winners/winners-spool';
import { WinnersWriter } from './winners/winners-writer';

export interface DrawOptions {
  readonly files: Files;
  readonly directory: string;
  readonly store: Pick<Store, 'state' | 'csvPath' | 'csvDescriptor'>;
  /** Lets all ranges of the audit be read. */
  readonly readRanges: (audit: BetsAudit) => PromiseLike<void>;
  /** Calls `step` until it returns true, and lets other work happen in between. */
  readonly runSteps: (step: () => boolean) => PromiseLike<void>;
  /** The file of winners differs from the draw, and is rebuilt from the bets. */
  readonly onWinnersLost: (reason: string) => void;
  /** Winners are answered from this file from now on, until the central ends. */
  readonly onServed?: (path: string, fd: FileDescriptor) => void;
  /** Bytes of bets.csv in a range, where a simulation needs its own. */
  readonly rangeBytes?: number;
}

interface Closable {
  close(): void;
}

/** One at a time: a draw, or the winners of one that was made. */
export class Drawing {
  private isClosed = false;
  /** What holds a file open, or reads one. */
  private readonly open = new Set<Closable>();

  constructor(private readonly options: DrawOptions) {}

  /**
   * Accounts for all bets, and saves the winners among them, which are durable afterwards.
   *
   * @throws LoteriaError STORE_IO, STORE_DAMAGED
   */
  find(number: number): PromiseLike<WinnersFile> {
    return this.attempt(() => this.findAndSave(number, null));
  }

  /**
   * Accounts for all bets and hashes them, block by block.
   *
   * @throws LoteriaError STORE_IO, STORE_DAMAGED
   */
  hash(): PromiseLike<BlockHashes> {
    const { directory, store, readRanges } = this.options;
    const blockBytes = blockBytesFor(store.state.csvBytes);
    const audit = this.keep(new BetsAudit({ ...this.auditOptions, number: null, blockBytes }));
    return readRanges(audit).then(
      () => {
        this.demandOpen();
        this.close(audit);
        audit.finish();
        return { blockBytes, hashes: audit.hashes };
      },
      (error: unknown) => {
        // Winners that are answered from their file are so all the same.
        this.close(audit);
        throw withStoreCode(directory, error);
      },
    );
  }

  /**
   * The winners of an earlier draw. If their file is missing or differs, it is rebuilt from the bets, which must
   * give the same winners.
   *
   * @throws LoteriaError STORE_IO, STORE_DAMAGED
   */
  reload(drawn: DrawRecord): PromiseLike<WinnersFile> {
    const { files, directory, onWinnersLost } = this.options;
    const path = join(directory, WINNERS_NAME);
    const make = (reason: string): PromiseLike<WinnersFile> => {
      onWinnersLost(reason);
      return this.findAndSave(drawn.winningNumber, drawn);
    };
    return this.attempt(() => {
      if (!files.exists(path)) return make('it is missing');
      return this.read(path).then(
        (winners) => {
          if (isAsDrawn(winners, drawn)) return this.serve(winners);
          this.close(winners);
          return make('it holds other winners');
        },
        (error: unknown) => {
          const isDamage = error instanceof LoteriaError && error.code === 'STORE_DAMAGED';
          if (!isDamage) throw error;
          return make('it holds something else');
        },
      );
    });
  }

  /** Closes all files; reads in progress fail. */
  end(): void {
    this.isClosed = true;
    for (const part of [...this.open]) this.close(part);
  }

  private attempt<T>(work: () => PromiseLike<T>): PromiseLike<T> {
    const fail = (error: unknown): never => {
      this.end();
      throw withStoreCode(this.options.directory, error);
    };
    let result: PromiseLike<T>;
    try {
      result = work();
    } catch (error) {
      return fail(error);
    }
    return result.then(undefined, fail);
  }

  /** @param drawn what must come out, where that is known */
  private findAndSave(number: number, drawn: DrawRecord | null): PromiseLike<WinnersFile> {
    const { files, directory } = this.options;
    const path = join(directory, WINNERS_NAME);
    const unfinished = `${path}.new`;
    const spool = this.keep(new WinnersSpool(files, `${path}.spool`));
    return this.audit(number, spool)
      .then((winners) => {
        const writer = this.keep(new WinnersWriter(files, unfinished, spool, winners));
        return this.run(() => writer.step()).then(() => {
          this.close(writer);
          this.close(spool);
        });
      })
      .then(() => this.read(unfinished))
      .then((winners) => {
        if (drawn !== null && !isAsDrawn(winners, drawn)) {
          const { csvPath } = this.options.store;
          throw damaged(csvPath, 0, 'the winners among the bets are not those that were drawn');
        }
        files.rename(unfinished, path);
        files.syncDirectory(dirname(path));
        return this.serve(winners);
      });
  }

  private audit(
    number: number,
    spool: WinnersSpool,
  ): PromiseLike<ReadonlyMap<number, WinnerTotals>> {
    const { readRanges, rangeBytes } = this.options;
    const audit = this.keep(
      new BetsAudit({
        ...this.auditOptions,
        number,
        blockBytes: null,
        onWinners: (rows) => {
          this.demandOpen();
          spool.add(rows);
        },
        ...(rangeBytes === undefined ? {} : { rangeBytes }),
      }),
    );
    return readRanges(audit).then(() => {
      this.demandOpen();
      this.close(audit);
      return audit.finish();
    });
  }

  private get auditOptions(): Pick<AuditOptions, 'path' | 'fd' | 'size' | 'state'> {
    const { files, store } = this.options;
    const { csvPath: path, csvDescriptor: fd, state } = store;
    return { path, fd, size: () => files.size(fd), state };
  }

  /** Reads a whole file of winners. */
  private read(path: string): PromiseLike<WinnersFile> {
    const { files, directory } = this.options;
    const reader = this.keep(new WinnersReader(files, path, join(directory, WINNERS_NAME)));
    return this.run(() => reader.step()).then(
      () => {
        this.open.delete(reader);
        return this.keep(reader.finish());
      },
      (error: unknown) => {
        this.close(reader);
        throw error;
      },
    );
  }

  /** The file is in its place, and stays open. */
  private serve(winners: WinnersFile): WinnersFile {
    const { directory, onServed } = this.options;
    onServed?.(join(directory, WINNERS_NAME), winners.descriptor);
    return winners;
  }

  private run(step: () => boolean): PromiseLike<void> {
    return this.options.runSteps(() => {
      this.demandOpen();
      return step();
    });
  }

  private keep<T extends Closable>(part: T): T {
    this.open.add(part);
    return part;
  }

  private close(part: Closable): void {
    this.open.delete(part);
    part.close();
  }

  private demandOpen(): void {
    if (this.isClosed) throw new Error('the central was stopped during its draw');
  }
}

/** Whether a file holds the winners that the draw recorded. */
function isAsDrawn(found: WinnersFile, drawn: DrawRecord): boolean {
  return found.winners === drawn.winners && found.digest === drawn.digest;
}
