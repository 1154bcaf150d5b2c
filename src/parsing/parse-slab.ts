/** Parses the messages in a slab, in a worker thread. */
import { crc32 } from 'node:zlib';
import { checkContestRows, winningRowsOf } from '../domain/contest-rows';
import { PlainRowsWalk } from '../domain/plain-rows-walk';
import { checkRowsBy } from '../domain/row-check';
import type { WasmMemory } from '../domain/wasm/instance';
import { CONVERT } from '../protocol/dialects/bets/convert';
import { NO_ROWS_VERDICT } from './parsed';
import { Slab, type SlabMessage, type SlabPart } from './slab';

/** A worker's view of a slab. */
export class SlabReader {
  private readonly slab: Slab;
  /** Checks rows in place; null without WebAssembly. */
  private readonly walk: PlainRowsWalk | null;

  constructor(memory: WasmMemory) {
    this.slab = new Slab(memory);
    this.walk = PlainRowsWalk.within(memory);
  }

  /** @returns the offset behind messages and results */
  parse(part: SlabPart): number {
    const { slab } = this;
    slab.open(part);
    for (let i = 0; i < part.count; i++) {
      const message = slab.messageAt(i);
      if (message !== null) this.parseOne(i, message);
    }
    return slab.madeEnd;
  }

  private parseOne(index: number, { form, bytes }: SlabMessage): void {
    const { slab, walk } = this;
    if (form === 'bets') {
      slab.setRows(index, { verdict: checkRowsBy(walk, bytes), checksum: crc32(bytes) });
      return;
    }
    if (form === 'contestants') {
      const verdict = checkContestRows(bytes);
      const winners = verdict.ok ? winningRowsOf(bytes) : [];
      const starts = winners.map(({ row }) => row.byteOffset - bytes.byteOffset);
      if (slab.setWinners(index, starts)) slab.setRows(index, { verdict, checksum: crc32(bytes) });
      return;
    }
    const rows = slab.setConversion(index, CONVERT[form](bytes));
    if (rows === null) return;
    const verdict = rows.length > 0 ? checkRowsBy(walk, rows) : NO_ROWS_VERDICT;
    slab.setRows(index, { verdict, checksum: crc32(rows) });
  }
}
