/** An agency's file, read without a file: batches of changing size, after a while. */
import { crc32 } from 'node:zlib';
import type { Batch, BetSource } from '../../src/client/csv/batch';
import { LoteriaError } from '../../src/base/errors';
import type { AgencyInput } from './input';
import type { SimRandom } from './random';
import type { SimPromise } from './sim-promise';

export class FileSource implements BetSource {
  readonly totalBytes: number;
  private offset = 0;
  private checksum = 0;

  /** @param after does something after the time that reading takes */
  constructor(
    private readonly input: AgencyInput,
    private readonly batchBetsMax: number,
    private readonly random: SimRandom,
    private readonly after: <T>(work: () => T) => SimPromise<T>,
  ) {
    this.totalBytes = input.rows.length;
  }

  startAt(stored: number, checksum: number): PromiseLike<void> {
    return this.after(() => {
      this.offset = 0;
      this.checksum = 0;
      if (stored > 0) this.read(stored);
      if (this.offset !== stored || this.checksum !== checksum) {
        throw new LoteriaError('DATA_DIFFERS', `the central says ${String(stored)}`);
      }
    });
  }

  next(): PromiseLike<Batch | null> {
    return this.after(() => this.read(this.random.int(1, this.batchBetsMax)));
  }

  close(): void {
    this.offset = this.input.rows.length;
  }

  private read(count: number): Batch | null {
    const { offset } = this;
    const taken = this.input.rows.slice(offset, offset + count);
    if (taken.length === 0) return null;
    const rows = Buffer.from(taken.join(''));
    this.offset += taken.length;
    this.checksum = crc32(rows, this.checksum);
    return {
      form: 'batch',
      offset,
      count: taken.length,
      rows,
      checksum: this.checksum,
      sourceBytes: this.offset,
    };
  }
}
