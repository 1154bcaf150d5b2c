/**
 * The checks of a simulation. It reads every frame on the wire, knows from them what the central
 * has promised, and compares each recovery, real or imagined, with that.
 */
import type { AgencyOutcome } from '../../src/client/agency-session';
import type { StoreState } from '../../src/store/state';
import type { AgencyInput } from './input';
import type { World } from './world';

/** Errors after which an agency may simply come back: REPLACED, TOO_SLOW, OUTPUT_OVERFLOW. */
const PASSING_ERRORS: ReadonlySet<number> = new Set([9, 12, 14]);
const PREFACE_BYTE = 0xa5;
const TYPE = {
  bet: 0x02,
  batch: 0x03,
  finished: 0x04,
  askWinners: 0x05,
  welcome: 0x81,
  ack: 0x82,
  reject: 0x83,
  winners: 0x84,
  error: 0x87,
} as const;

interface Promised {
  readonly input: AgencyInput;
  /** Bets that the central said it has. */
  stored: number;
  /** Whether the central said that its FINISHED is safe. */
  finished: boolean;
  /** Whether FINISHED was sent. */
  finishSent: boolean;
  /** Ends of all batches that were sent. */
  readonly boundaries: Set<number>;
}

export interface Recovered {
  readonly state: Readonly<StoreState>;
  readonly files: ReadonlyMap<string, Buffer>;
}

export class Referee {
  private readonly agencies = new Map<number, Promised>();
  private drawPromised = false;
  /** Of the draw that is known to be durable. */
  private drawId: string | null = null;
  private drawLogs = 0;
  private readonly winnersFile: string;
  /** Somebody removed winners.csv, and the central has not made it again. */
  mayLackWinnersFile = false;
  /** Called after the central has promised something, with the bytes on their way. */
  onPromise: () => void = () => undefined;

  constructor(
    private readonly world: World,
    inputs: readonly AgencyInput[],
  ) {
    let winnersFile = '';
    for (const input of inputs) {
      const { agency, winners } = input;
      this.agencies.set(agency, {
        input,
        stored: 0,
        finished: false,
        finishSent: false,
        boundaries: new Set([0]),
      });
      for (const document of winners) winnersFile += `${String(agency)},${document}\r\n`;
    }
    this.winnersFile = winnersFile;
  }

  // What is on the wire.

  onAgencyWrite(agency: number, bytes: Uint8Array): void {
    if (bytes[0] === PREFACE_BYTE) return;
    const promised = this.of(agency);
    for (const { type, frame } of framesOf(bytes)) {
      this.world.note('wire', `agency ${String(agency)} sends`, type);
      if (type === TYPE.bet) promised.boundaries.add(Number(frame.readBigUInt64BE(4)) + 1);
      else if (type === TYPE.batch) {
        promised.boundaries.add(Number(frame.readBigUInt64BE(4)) + frame.readUInt16BE(16));
      } else if (type === TYPE.finished) promised.finishSent = true;
      // It asks only once its FINISHED was acknowledged.
      else if (type === TYPE.askWinners) promised.finished = true;
    }
  }

  /** Somebody else sends a batch for this agency that ends there. */
  noteBatch(agency: number, end: number): void {
    this.of(agency).boundaries.add(end);
  }

  onCentralWrite(agency: number, bytes: Uint8Array, isHonest: boolean): void {
    const promised = this.of(agency);
    let isPromise = false;
    for (const { type, frame } of framesOf(bytes)) {
      if (type === TYPE.welcome) this.onWelcome(promised, frame);
      else if (type === TYPE.ack) this.onAck(promised, Number(frame.readBigUInt64BE(4)));
      else if (type === TYPE.winners) this.onWinners(promised, frame);
      else if (type === TYPE.reject && isHonest) this.onReject(agency, frame);
      else if (type === TYPE.error && isHonest) this.onError(agency, frame);
      isPromise ||= type === TYPE.ack || type === TYPE.winners || type === TYPE.welcome;
    }
    if (isPromise) this.onPromise();
  }

  private onWelcome(promised: Promised, frame: Buffer): void {
    const { input } = promised;
    const stored = Number(frame.readBigUInt64BE(4));
    this.promise(promised, stored, 'WELCOME');
    if (frame.readUInt32BE(12) !== input.checksums[stored]) {
      this.world.fail('welcome', `another checksum than that of ${String(stored)} bets`);
    }
    const stage = frame.readUInt8(18);
    if (stage >= 1) promised.finished = true;
    if (stage === 2) this.drawPromised = true;
  }

  private onAck(promised: Promised, upTo: number): void {
    this.promise(promised, upTo, 'ACK');
  }

  private promise(promised: Promised, stored: number, what: string): void {
    const { input, boundaries } = promised;
    this.world.note('wire', `central says ${what} to`, input.agency, stored);
    if (!boundaries.has(stored)) {
      this.world.fail('whole batches', `${what} ${String(stored)}, where no batch ends`);
    }
    promised.stored = Math.max(promised.stored, stored);
  }

  private onReject(agency: number, frame: Buffer): void {
    const what = `reason ${String(frame.readUInt16BE(22))} for agency ${String(agency)}`;
    this.world.fail('no rejection', `${what} at offset ${String(frame.readBigUInt64BE(4))}`);
  }

  private onError(agency: number, frame: Buffer): void {
    const code = frame.readUInt16BE(4);
    this.world.note('wire', 'central says ERROR to', agency, code);
    if (PASSING_ERRORS.has(code)) return;
    const text = frame.toString('utf8', 6);
    this.world.fail('no refusal', `error ${String(code)} for agency ${String(agency)}: ${text}`);
  }

  private onWinners({ input }: Promised, frame: Buffer): void {
    const total = Number(frame.readBigUInt64BE(4));
    const first = Number(frame.readBigUInt64BE(12));
    const count = frame.readUInt16BE(20);
    this.world.note('wire', 'central says WINNERS to', input.agency, first, count, total);
    const documents: string[] = [];
    for (let at = 22; documents.length < count;) {
      const length = frame.readUInt8(at);
      documents.push(frame.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const expected = input.winners.slice(first, first + count);
    if (total !== input.winners.length || documents.join() !== expected.join()) {
      const found = `${documents.join()} of ${String(total)} from ${String(first)}`;
      const wanted = `${expected.join()} of ${String(input.winners.length)}`;
      this.world.fail('own winners', `agency ${String(input.agency)}: ${found}, not ${wanted}`);
    }
    for (const { finishSent, input: other } of this.agencies.values()) {
      if (!finishSent) {
        this.world.fail('no early draw', `agency ${String(other.agency)} has not finished`);
      }
    }
    this.drawPromised = true;
  }

  // What the programs say.

  onCentralLog(action: string, result: string): void {
    if (action !== 'sorteo' || result !== 'success') return;
    this.drawLogs++;
    this.drawPromised = true;
    if (this.drawLogs > 1) this.world.fail('one draw', 'the draw was logged twice');
    this.onPromise();
  }

  /** The central takes the draw for durable. */
  onDrawn(): void {
    this.drawPromised = true;
    this.onPromise();
  }

  /** The central begins to keep a draw. */
  onDraw(): void {
    if (this.drawPromised || this.drawId !== null) {
      this.world.fail('one draw', 'a second draw is made');
    }
  }

  onOutcome(agency: number, { stored, winners }: AgencyOutcome, asked: boolean): void {
    const { input } = this.of(agency);
    if (!asked) return;
    if (stored !== input.rows.length) {
      this.world.fail(
        'whole input',
        `agency ${String(agency)} thinks ${String(stored)} are stored`,
      );
    }
    if (winners?.join() !== input.winners.join()) {
      const found = winners?.join() ?? 'nothing';
      this.world.fail('own winners', `agency ${String(agency)} has ${found}`);
    }
  }

  // What is on the disk.

  /**
   * @param where for the message
   * @param isReal whether the central goes on from here
   */
  onRecovered({ state, files }: Recovered, where: string, isReal: boolean): void {
    const csv = files.get('/data/bets.csv') ?? Buffer.alloc(0);
    if (csv.length !== state.csvBytes) {
      this.world.fail('bets.csv', `${where}: ${String(csv.length)} bytes`);
    }
    this.checkRows(csv.toString('utf8'), state, where);
    for (const promised of this.agencies.values()) this.checkAgency(promised, state, where);
    this.checkDraw(state, files, where, isReal);
  }

  private checkAgency(promised: Promised, state: Readonly<StoreState>, where: string): void {
    const { input, boundaries } = promised;
    const at = `${where}: agency ${String(input.agency)}`;
    const { stored, checksum, finished } = state.agencies.get(input.agency) ?? {
      stored: 0,
      checksum: 0,
      finished: false,
    };
    if (stored < promised.stored) {
      const wanted = String(promised.stored);
      this.world.fail('nothing is lost', `${at} has ${String(stored)}, ${wanted} were promised`);
    }
    if (!boundaries.has(stored)) {
      this.world.fail('whole batches', `${at} has ${String(stored)}, where no batch ends`);
    }
    if (checksum !== input.checksums[stored]) this.world.fail('checksum', at);
    if (promised.finished && !finished) {
      this.world.fail('nothing is lost', `${at}: that it finished`);
    }
    if (finished && stored !== input.rows.length) {
      this.world.fail('whole input', `${at} finished with ${String(stored)}`);
    }
  }

  private checkRows(csv: string, state: Readonly<StoreState>, where: string): void {
    const counts = new Map<number, number>();
    for (const row of csv.split(/(?<=\r\n)/)) {
      if (row === '') continue;
      const agency = Number.parseInt(row, 10);
      const index = counts.get(agency) ?? 0;
      counts.set(agency, index + 1);
      if (this.agencies.get(agency)?.input.rows[index] === row) continue;
      this.world.fail('rows', `${where}: bet ${String(index)} of ${String(agency)} is ${row}`);
    }
    for (const { agency, stored } of state.agencies.values()) {
      if ((counts.get(agency) ?? 0) === stored) continue;
      this.world.fail('rows', `${where}: bets.csv of agency ${String(agency)} has other rows`);
    }
  }

  private checkDraw(
    state: Readonly<StoreState>,
    files: ReadonlyMap<string, Buffer>,
    where: string,
    isReal: boolean,
  ): void {
    const { draw } = state;
    if (draw === null) {
      if (this.drawPromised || this.drawId !== null) {
        this.world.fail('one draw', `${where}: the draw is lost`);
      }
      return;
    }
    if (this.drawId !== null && draw.id !== this.drawId) {
      this.world.fail('one draw', `${where}: another draw than before`);
    }
    if (isReal) this.drawId = draw.id;
    for (const { input } of this.agencies.values()) {
      if (state.agencies.get(input.agency)?.finished === true) continue;
      this.world.fail('no early draw', `${where}: agency ${String(input.agency)} is not finished`);
    }
    const found = files.get('/data/winners.csv')?.toString('latin1');
    if (found === undefined && this.mayLackWinnersFile) return;
    if (found !== this.winnersFile) {
      this.world.fail('winners.csv', `${where}: ${JSON.stringify(found ?? null)}`);
    }
  }

  /** At the end everything must be there. */
  onEnd({ state }: Recovered): void {
    for (const { input } of this.agencies.values()) {
      const stored = state.agencies.get(input.agency)?.stored ?? 0;
      if (stored !== input.rows.length) {
        const found = `agency ${String(input.agency)}: ${String(stored)} stored at the end`;
        this.world.fail('whole input', `${found}, not ${String(input.rows.length)}`);
      }
    }
    if (state.draw === null) this.world.fail('one draw', 'there was none');
  }

  private of(agency: number): Promised {
    const promised = this.agencies.get(agency);
    if (promised === undefined) throw new RangeError(`agency ${String(agency)}?`);
    return promised;
  }
}

/** Every write is one or more whole frames: u16 length, u8 type, u8 flags, body. */
function framesOf(bytes: Uint8Array): { readonly type: number; readonly frame: Buffer }[] {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: { readonly type: number; readonly frame: Buffer }[] = [];
  for (let at = 0; at < written.length;) {
    const frame = written.subarray(at, at + written.readUInt16BE(at));
    frames.push({ type: frame.readUInt8(2), frame });
    at += frame.length;
  }
  return frames;
}
