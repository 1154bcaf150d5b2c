/**
 * `commitment.json` and `acta.json` of a directory that a central has open. Both are for others to read, and
 * watched like the files that the central works with from when they are there: what was published is not to
 * disappear in silence.
 */
import { join } from 'node:path';
import type { Acta } from '../../acta';
import type { StoreState } from '../../state';
import type { FileDescriptor, Files } from '../directory/files';
import type { StoreGuard } from '../directory/guard';
import { ACTA_NAME, demandOwnActa, saveActa } from './acta-file';
import { endActaExpectation, expectActa } from './acta-pending';
import { COMMITMENT_NAME, demandOwnCommitment, publishCommitment } from './commitment';

/**
 * Refuses files of another lottery, as far as this can be seen before the bets are read.
 *
 * @throws LoteriaError STORE_DAMAGED, STORE_IO
 */
export function demandOwnFiles(files: Files, directory: string, state: Readonly<StoreState>): void {
  demandOwnCommitment(files, directory, state.terms?.winningNumber ?? null);
  demandOwnActa(files, directory, state);
}

export class PublishedFiles {
  /** Open for as long as they are watched. */
  private readonly watched = new Map<string, FileDescriptor>();

  constructor(
    private readonly files: Files,
    private readonly directory: string,
    private readonly guard: StoreGuard,
  ) {}

  /** Publishes the commitment to a random number; its terms are durable. */
  publishTerms({ terms }: Readonly<StoreState>): void {
    const { files, directory } = this;
    const published = publishCommitment(files, directory, terms?.winningNumber ?? null);
    if (published !== null) this.watch(COMMITMENT_NAME);
  }

  /**
   * The acta, which must be that of the draw; null when there is none.
   *
   * @param winnersOf number of winners of an agency
   * @throws LoteriaError STORE_DAMAGED, STORE_IO
   */
  acta(state: Readonly<StoreState>, winnersOf: (agency: number) => number): Acta | null {
    const { files, directory } = this;
    const acta = demandOwnActa(files, directory, state, winnersOf);
    if (acta !== null) this.actaIsThere();
    return acta;
  }

  /** Replaces the acta, durably. */
  saveActa(acta: Acta): void {
    const { files, directory } = this;
    saveActa(files, directory, acta);
    this.actaIsThere();
  }

  /** Call before a draw becomes durable: its acta is still to be written. */
  expectActa(): void {
    expectActa(this.files, this.directory);
  }

  close(): void {
    for (const fd of this.watched.values()) this.files.close(fd);
    this.watched.clear();
  }

  private actaIsThere(): void {
    endActaExpectation(this.files, this.directory);
    this.watch(ACTA_NAME);
  }

  private watch(name: string): void {
    if (this.watched.has(name)) return;
    const path = join(this.directory, name);
    const fd = this.files.open(path, false);
    this.watched.set(name, fd);
    this.guard.watch(path, fd);
  }
}
