/**
 * `winners.csv`: the outcome of the draw, one `agency,document` row for each winner, agencies in ascending
 * order. The central answers from this file, block by block. It keeps the offset and CRC-32 of each block in
 * memory, which detects a changed file before an agency receives anything from it.
 */
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../../base/limits';
import type { Winners } from '../../bet-store';
import { damaged } from '../../store-error';
import { closeQuietly, readUpTo, type FileDescriptor, type Files } from '../directory/files';

export const WINNERS_NAME = 'winners.csv';

const COMMA_BYTES = 1;
const CRLF_BYTES = 2;
const CR = 0x0d;

/** Winners of one agency in the file: `LIMITS.winnersPerBlockMax` in each block but the last. */
export interface WinnersRegion {
  readonly start: number;
  end: number;
  winners: number;
  /** Where each block begins. */
  readonly blocks: number[];
  /** CRC-32 of each block. */
  readonly checksums: number[];
}

/** What reading all of the file has found. */
export interface WinnersIndex {
  readonly regions: ReadonlyMap<number, WinnersRegion>;
  /** Of all agencies. */
  readonly winners: number;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly digest: string;
}

export class WinnersFile implements Winners {
  private isOpen = true;

  /**
   * @param path for errors; the file may get another name
   * @param fd of the file, which is closed with this object
   */
  constructor(
    private readonly files: Files,
    private readonly path: string,
    private readonly fd: FileDescriptor,
    private readonly index: WinnersIndex,
  ) {}

  /** Open as long as this object; used to watch the file. */
  get descriptor(): FileDescriptor {
    return this.fd;
  }

  /** SHA-256 of the file, 64 hexadecimal digits. */
  get digest(): string {
    return this.index.digest;
  }

  /** Winners of all agencies. */
  get winners(): number {
    return this.index.winners;
  }

  total(agency: number): number {
    return this.index.regions.get(agency)?.winners ?? 0;
  }

  digits(agency: number): number {
    const region = this.index.regions.get(agency);
    if (region === undefined) return 0;
    const others = String(agency).length + COMMA_BYTES + CRLF_BYTES;
    return region.end - region.start - region.winners * others;
  }

  page(agency: number, first: number, bytesMax: number): string[] {
    const page: string[] = [];
    const region = this.index.regions.get(agency);
    if (region === undefined || first >= region.winners) return page;
    const firstBlock = Math.floor(first / LIMITS.winnersPerBlockMax);
    let skipped = first % LIMITS.winnersPerBlockMax;
    let bytes = 0;
    for (let block = firstBlock; block < region.blocks.length; block++) {
      for (const document of this.readBlock(agency, region, block).slice(skipped)) {
        bytes += 1 + document.length;
        if (bytes > bytesMax) return page;
        page.push(document);
      }
      skipped = 0;
    }
    return page;
  }

  close(): void {
    if (this.isOpen) closeQuietly(this.files, [this.fd]);
    this.isOpen = false;
  }

  private readBlock(agency: number, region: WinnersRegion, block: number): string[] {
    const start = region.blocks[block] ?? region.end;
    const end = region.blocks[block + 1] ?? region.end;
    const bytes = readUpTo(this.files, this.fd, end - start, start);
    if (crc32(bytes) !== region.checksums[block]) {
      throw damaged(this.path, start, `not the winners of agency ${String(agency)} any more`);
    }
    const documents: string[] = [];
    const skip = String(agency).length + COMMA_BYTES;
    for (let at = 0; at < bytes.length;) {
      const rowEnd = bytes.indexOf(CR, at);
      documents.push(bytes.toString('latin1', at + skip, rowEnd));
      at = rowEnd + CRLF_BYTES;
    }
    return documents;
  }
}
