/** Packs bets into messages of a legacy dialect. */
import { LoteriaError } from '../../base/errors';
import { inexpressible, type AgencyDialect } from '../../protocol/dialects/agency/agency-dialect';
import type { CheckedBet } from '../csv/csv-bets';

/** One message of bets, ready to be sent. */
export interface LegacyBatch {
  readonly message: Buffer;
  readonly count: number;
  /** The message marks these as the last bets. */
  readonly last: boolean;
  /** How far the source has been read with these, in its own bytes, for progress. */
  readonly sourceBytes: number;
}

/** Bets one by one, from a file or from the environment. */
export interface BetReader {
  /** Name of the source in errors. */
  readonly path: string;
  /**
   * The next bet, if it is at hand; undefined when it must be waited for.
   *
   * @throws LoteriaError DATA_INVALID
   */
  read(): CheckedBet | undefined;
  /**
   * Waits until there may be more bets.
   *
   * @returns false when there are none
   * @throws LoteriaError DATA_INVALID, DATA_UNREADABLE
   */
  wait(): Promise<boolean>;
  close(): void;
}

export class Packer {
  /** Bets that were read and are in no message yet, in order. */
  private waiting: CheckedBet[] = [];
  /** There are no more bets than those. */
  private exhausted = false;

  /** @param finish mark the last message, where the dialect does that */
  constructor(
    private readonly reader: BetReader,
    private readonly dialect: AgencyDialect,
    private readonly finish: boolean,
  ) {}

  /**
   * The next message, or null when there are no more bets.
   *
   * @throws LoteriaError DATA_INVALID, DATA_UNREADABLE
   */
  async next(): Promise<LegacyBatch | null> {
    for (;;) {
      const batch = this.take();
      if (batch !== undefined) return batch;
      if (!(await this.reader.wait())) this.endReading();
    }
  }

  /**
   * The next message of the bets that are at hand; undefined when more must be waited for.
   *
   * @throws LoteriaError DATA_INVALID
   */
  take(): LegacyBatch | null | undefined {
    while (!this.exhausted && this.waiting.length < this.dialect.betsMax) {
      const bet = this.reader.read();
      if (bet === undefined) return undefined;
      this.waiting.push(bet);
    }
    return this.pack();
  }

  /** The reader has no more bets. */
  endReading(): void {
    this.exhausted = true;
  }

  close(): void {
    this.reader.close();
  }

  /** A message of the first bets that wait, as many as it can take. */
  private pack(): LegacyBatch | null {
    const { dialect } = this;
    const bets = this.waiting.slice(0, dialect.betsMax);
    const records: Buffer[] = [];
    let bytes = 0;
    /** Leading bets that make a message which can be sent. */
    let good = 0;
    for (const { bet } of bets) {
      const record = dialect.encodeRecord(bet, records.length);
      const fit = dialect.fit(bytes + record.length, records.length + 1);
      if (fit === 'too_long') break;
      records.push(record);
      bytes += record.length;
      if (fit === 'fits') good = records.length;
    }
    this.waiting = this.waiting.slice(good);
    const last = bets[good - 1];
    if (last === undefined) return this.explainNone(bets[0]);
    const chosen = records.slice(0, good);
    const isLast = this.finish && dialect.marksLast && this.exhausted && this.waiting.length === 0;
    // The last message writes the number of a full one, which may need one digit more than fits.
    const chosenBytes = chosen.reduce((sum, { length }) => sum + length, 0);
    const marked = isLast && dialect.fit(chosenBytes, dialect.betsMax) === 'fits';
    return {
      message: dialect.encodeBatch(chosen, marked),
      count: good,
      last: marked,
      sourceBytes: last.bytes,
    };
  }

  /** There is no message: there are no bets, or the first of them is one that cannot be sent. */
  private explainNone(first: CheckedBet | undefined): null {
    if (first === undefined) return null;
    const bytes = this.dialect.encodeBatch([this.dialect.encodeRecord(first.bet, 0)], false).length;
    const why = inexpressible(
      this.dialect.name,
      `its message of ${String(bytes)} bytes would be misread`,
    );
    throw new LoteriaError(
      'DATA_INVALID',
      `${this.reader.path}: line ${String(first.line)}: the bet ${why}`,
    );
  }
}
