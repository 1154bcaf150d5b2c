/** The draw, from the stored bets to a durable list of winners. */
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/clock';
import { LoteriaError } from '../../base/errors';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { BetsAudit, type WinnerTotals } from '../../store/file/bets-audit';
import type { FileDescriptor, Files } from '../../store/file/files';
import { damaged } from '../../store/file/replay';
import type { BareDraw, DrawRecord } from '../../store/state';
import type { Store } from '../../store/file/store';
import { withStoreCode } from '../../store/file/store-error';
import { WINNERS_NAME, type WinnersFile } from '../../store/file/winners-file';
import { WinnersReader } from '../../store/file/winners-reader';
import { WinnersSpool } from '../../store/file/winners-spool';
import { WinnersWriter } from '../../store/file/winners-writer';

export interface DrawOptions {
  readonly files: Files;
  readonly directory: string;
  readonly store: Pick<Store, 'state' | 'csvPath' | 'csvDescriptor'>;
  readonly clock: Clock;
  /** Whose bets win, 0 to 9999; called when the draw is due. Null: nobody can know it yet. */
  readonly findNumber: () => number | PromiseLike<number | null>;
  /** Lets all ranges of the audit be read. */
  readonly readRanges: (audit: BetsAudit) => PromiseLike<void>;
  /** Calls `step` until it returns true, and lets other work happen in between. */
  readonly runSteps: (step: () => boolean) => PromiseLike<void>;
  /** 16 hexadecimal digits that no other draw has. */
  readonly createId: () => string;
  /** The file of winners is not what was drawn, and is made anew from the bets. */
  readonly onWinnersLost: (reason: string) => void;
  /** Winners are answered from this file from now on, until the central ends. */
  readonly onServed?: (path: string, fd: FileDescriptor) => void;
  /** Bytes of bets.csv in a range, where a simulation needs its own. */
  readonly rangeBytes?: number;
}

/** What is known of the winners of a draw. */
export type DrawnWinners = Pick<WinnersFile, 'winners' | 'digest'>;

/** What a draw came to; the record is not durable yet, the winners are. */
export interface Outcome {
  readonly draw: DrawRecord;
  readonly winners: WinnersFile;
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
   * Accounts for all bets, and saves the winners among them. The caller makes the draw itself durable;
   * if it cannot, the next start draws again, from the same bets and with the same winners.
   *
   * @returns null when what the number follows from is not complete: there is no draw
   * @throws LoteriaError STORE_IO, STORE_DAMAGED
   */
  make(): PromiseLike<Outcome | null> {
    const draw = (number: number): PromiseLike<Outcome> =>
      this.findAndSave(number, null).then((winners) => {
        const { createId, clock } = this.options;
        return outcomeOf({ id: createId(), timeMs: clock.wallTimeMs() }, number, winners);
      });
    return this.attempt(() => {
      const number = this.options.findNumber();
      if (typeof number === 'number') return draw(number);
      return number.then((found) => (found === null ? null : draw(found)));
    });
  }

  /**
   * What came out of a draw of an earlier version, which recorded only that it was made: it follows
   * from the bets.
   *
   * @throws LoteriaError STORE_IO, STORE_DAMAGED
   */
  repeat(bare: BareDraw): PromiseLike<Outcome> {
    return this.attempt(() =>
      this.findAndSave(LOTTERY_WINNER_NUMBER, null).then((winners) =>
        outcomeOf(bare, LOTTERY_WINNER_NUMBER, winners),
      ),
    );
  }

  /**
   * The winners of a draw made earlier. When their file is gone, or not what was drawn, it is made
   * anew from the bets, which must give the same winners.
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

  /** Lets go of all files; what is under way fails. */
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
    const { files, store, readRanges, rangeBytes } = this.options;
    const fd = store.csvDescriptor;
    const audit = this.keep(
      new BetsAudit({
        path: store.csvPath,
        fd,
        size: () => files.size(fd),
        state: store.state,
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

function isAsDrawn(found: DrawnWinners, drawn: DrawnWinners): boolean {
  return found.winners === drawn.winners && found.digest === drawn.digest;
}

function outcomeOf({ id, timeMs }: BareDraw, winningNumber: number, winners: WinnersFile): Outcome {
  const { digest } = winners;
  return { draw: { id, timeMs, winningNumber, winners: winners.winners, digest }, winners };
}
