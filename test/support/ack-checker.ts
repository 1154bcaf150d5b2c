/**
 * Reads the system calls of a central in order, and finds every acknowledgement that began to be
 * written to its socket before the fdatasync that covers it had returned.
 *
 * It knows the journal's layout from the top of `src/store/file/journal/journal-record.ts` and the wire from
 * docs/PROTOCOL.md, and shares no code with `src/`. A commit counts as durable when all its bytes
 * were written to a journal file, then an fdatasync of that file began, and that has returned 0.
 */
import { basename } from 'node:path';
import { FrameTap, TYPE, u64Of, type TappedFrame } from './frame-tap';
import type { CallBegins, TraceEvent } from './strace-lines';

const RECORD_HEADER_BYTES = 44;
const ENTRY_BYTES = 28;
const KIND = { bets: 1, finished: 2, draw: 3 } as const;

interface Entry {
  readonly kind: number;
  readonly agency: number;
  /** Bets of the agency with this entry. */
  readonly stored: number;
}

interface JournalRecord {
  readonly end: number;
  readonly entries: readonly Entry[];
}

/** A journal file: what was written and is not known to be on disk. */
interface JournalFile {
  records: JournalRecord[];
  /** Up to where it was written. */
  reached: number;
}

interface OpenSync {
  readonly journal: JournalFile;
  readonly covered: readonly JournalRecord[];
}

interface Durable {
  stored: number;
  finished: boolean;
}

interface Peer {
  readonly agency: number;
  readonly tap: FrameTap;
  lastAck: number;
}

export class AckChecker {
  readonly violations: string[] = [];
  /** ACK frames that were written for batches, and for FINISHED. */
  batchAcks = 0;
  finishAcks = 0;
  winners = 0;
  journalSyncs = 0;
  /** Batches in each commit that had any. */
  readonly groups: number[] = [];
  private events = 0;
  private readonly journals = new Map<string, JournalFile>();
  private readonly peers = new Map<string, Peer>();
  private readonly durable = new Map<number, Durable>();
  private drawIsDurable = false;
  private readonly open = new Map<number, CallBegins>();
  private readonly syncs = new Map<number, OpenSync>();

  /** @param agencyAtPort which agency spoke from a local port; undefined: no agency */
  constructor(private readonly agencyAtPort: (port: number) => number | undefined) {}

  push(event: TraceEvent): void {
    this.events++;
    if (event.kind === 'begins') {
      this.open.set(event.thread, event);
      if (event.call === 'fdatasync' || event.call === 'fsync') this.beginSync(event);
      else if (isSocket(event)) this.checkReplies(event);
      return;
    }
    const call = this.open.get(event.thread);
    if (call === undefined) return;
    this.open.delete(event.thread);
    if (call.call === 'fdatasync' || call.call === 'fsync') this.endSync(call, event.result);
    else if (event.result <= 0) return;
    else if (isSocket(call)) this.countReplies(call, event.result);
    else if (isJournal(call)) this.noteWrite(call, event.result);
  }

  private journal(path: string): JournalFile {
    let journal = this.journals.get(path);
    if (journal === undefined) {
      journal = { records: [], reached: 0 };
      this.journals.set(path, journal);
    }
    return journal;
  }

  private noteWrite(call: CallBegins, written: number): void {
    const journal = this.journal(call.target);
    const { data, last: offset } = call;
    journal.reached = offset + written;
    if (data.toString('latin1', 0, 4) !== 'LNC1') return;
    const entryBytes = data.readUInt32BE(4);
    const rowsAt = RECORD_HEADER_BYTES + entryBytes;
    if (data.length < rowsAt) {
      this.violations.push(`the trace cuts off a commit of ${String(entryBytes)} bytes of entries`);
      return;
    }
    const entries: Entry[] = [];
    for (let at = RECORD_HEADER_BYTES; at < rowsAt; at += ENTRY_BYTES) {
      entries.push({
        kind: data.readUInt32BE(at),
        agency: data.readUInt32BE(at + 4),
        stored: u64Of(data, at + 16),
      });
    }
    const batches = entries.filter(({ kind }) => kind === KIND.bets).length;
    if (batches > 0) this.groups.push(batches);
    journal.records.push({ end: offset + rowsAt + data.readUInt32BE(32), entries });
  }

  private beginSync(call: CallBegins): void {
    if (!isJournal(call)) return;
    const journal = this.journal(call.target);
    const covered = journal.records.filter(({ end }) => end <= journal.reached);
    this.syncs.set(call.thread, { journal, covered });
  }

  private endSync(call: CallBegins, result: number): void {
    const sync = this.syncs.get(call.thread);
    this.syncs.delete(call.thread);
    if (sync === undefined || result !== 0) return;
    this.journalSyncs++;
    const { journal, covered } = sync;
    journal.records = journal.records.filter((record) => !covered.includes(record));
    for (const { entries } of covered) for (const entry of entries) this.makeDurable(entry);
  }

  private makeDurable({ kind, agency, stored }: Entry): void {
    if (kind === KIND.draw) this.drawIsDurable = true;
    else {
      const durable = this.durableOf(agency);
      if (kind === KIND.finished) durable.finished = true;
      else durable.stored = Math.max(durable.stored, stored);
      this.durable.set(agency, durable);
    }
  }

  private durableOf(agency: number): Durable {
    return this.durable.get(agency) ?? { stored: 0, finished: false };
  }

  private peerOf(call: CallBegins): Peer | undefined {
    const known = this.peers.get(call.target);
    if (known !== undefined) return known;
    const port = Number(/->.*:(\d+)\]$/.exec(call.target)?.[1]);
    const agency = this.agencyAtPort(port);
    if (agency === undefined) return undefined;
    const peer = { agency, tap: new FrameTap(), lastAck: 0 };
    this.peers.set(call.target, peer);
    return peer;
  }

  /** The moment that matters: bytes of a reply are about to leave. */
  private checkReplies(call: CallBegins): void {
    const peer = this.peerOf(call);
    if (peer === undefined) return;
    if (!call.whole) this.violations.push('the trace cuts off a reply');
    const { agency } = peer;
    const { stored, finished } = this.durableOf(agency);
    let { lastAck } = peer;
    for (const { type, body } of new FrameTap().push(
      Buffer.concat([peer.tap.pending, call.data]),
    )) {
      if (type === TYPE.ack) {
        const upTo = u64Of(body);
        if (upTo > stored) this.violate(agency, `ACK ${String(upTo)}, durable ${String(stored)}`);
        if (upTo === lastAck && !finished) this.violate(agency, 'FINISHED acknowledged');
        lastAck = upTo;
      }
      if (type === TYPE.winners && !this.drawIsDurable) this.violate(agency, 'WINNERS sent');
    }
  }

  private violate(agency: number, what: string): void {
    const where = `event ${String(this.events)}, agency ${String(agency)}`;
    this.violations.push(`${where}: ${what} before the sync had returned`);
  }

  private countReplies(call: CallBegins, written: number): void {
    const peer = this.peerOf(call);
    for (const frame of peer?.tap.push(call.data.subarray(0, written)) ?? []) {
      if (peer !== undefined) this.count(peer, frame);
    }
  }

  /** No batch is sent twice here: an ACK that names the offset of the one before is for FINISHED. */
  private count(peer: Peer, { type, body }: TappedFrame): void {
    if (type === TYPE.winners) this.winners++;
    if (type !== TYPE.ack) return;
    const upTo = u64Of(body);
    if (upTo === peer.lastAck) this.finishAcks++;
    else this.batchAcks++;
    peer.lastAck = upTo;
  }
}

function isSocket({ target }: CallBegins): boolean {
  return target.startsWith('TCP');
}

function isJournal({ target }: CallBegins): boolean {
  return /^journal\.[ab]$/.test(basename(target));
}
