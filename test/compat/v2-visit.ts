/** One connection of the second client: from INTRODUCE through its bets to the winners. */
import { Connection, Lost } from './v2-connection';
import { Later, Stop, type Plan, type Story } from './v2-plan';
import { crc32, say, type Message } from './v2-wire';

interface Flight {
  readonly is: 'batch' | 'finished';
  readonly from: number;
  readonly to: number;
}

const RECONNECT_CODES = new Map([
  [9, 'REPLACED'],
  [12, 'TOO_SLOW'],
  [14, 'OUTPUT_OVERFLOW'],
]);
const WRONG_TOTAL = 10;
const WRONG_OFFSET = 121;
const WRONG_CHECKSUM = 122;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One connection, from the preface to the end. */
export class Visit {
  /** CRC-32 of the rows before each boundary that was sent or resumed at. */
  private readonly checksums = new Map<number, number>([[0, 0]]);
  private readonly flights: Flight[] = [];
  private readonly damaged = new Set<number>();
  private next = 0;
  private window = 1;
  /** A batch was rejected: nothing is sent until the answers to all behind it are here. */
  private settling = false;
  private rejected = false;
  private line: Connection | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly story: Story,
  ) {}

  async make(attempt: number): Promise<void> {
    this.line = await Connection.open(this.plan.port, this.plan.handicap?.(attempt));
    try {
      await this.begin();
      await this.load();
      if (this.plan.edition === 'lottery') await this.readWinners();
      else await this.readTotal();
      this.connection.send(say.goodbye());
      const rest = await this.connection.rest(this.plan.silenceMs);
      if (rest.length > 0) throw new Stop(0, `${String(rest[0]?.is)} behind GOODBYE`);
    } finally {
      this.line.close();
    }
  }

  private get connection(): Connection {
    if (this.line === undefined) throw new Stop(0, 'no connection');
    return this.line;
  }

  /** The next message that is an answer; ERROR, BUSY and GOODBYE end the visit. */
  private async answer(): Promise<Message> {
    const message = await this.connection.next(this.plan.silenceMs);
    this.plan.watch?.(message, this.connection);
    if (message.is === 'BUSY' || message.is === 'GOODBYE')
      throw new Later(message.is, message.retryMs);
    if (message.is !== 'ERROR') return message;
    const again = RECONNECT_CODES.get(message.code);
    if (again !== undefined) throw new Lost(again);
    if (message.code === WRONG_TOTAL && this.rejected) throw new Lost('rejected before FINISHED');
    throw new Stop(message.code, message.text);
  }

  private async begin(): Promise<void> {
    const { agency, token, edition, rows } = this.plan;
    const lottery = edition === 'lottery';
    this.connection.send(
      lottery ? say.introduce(agency, token) : say.introduceEdition(2020, agency, token),
    );
    const welcome = await this.answer();
    if (welcome.is !== 'WELCOME') throw new Stop(0, `${welcome.is} for WELCOME`);
    this.story.welcomes.push(welcome.accepted);
    if (welcome.accepted < this.story.acknowledged) throw new Stop(0, 'the store went back');
    this.next = welcome.accepted;
    this.window = Math.min(welcome.window, this.plan.window ?? welcome.window);
    if (this.next > rows.length || this.checksumBefore(this.next) !== welcome.checksum)
      throw new Stop(0, 'another file');
    if (lottery) return;
    const results = await this.answer();
    if (results.is !== 'RESULTS' || !results.last || results.rows.length > 0)
      throw new Stop(0, `${results.is} behind WELCOME`);
    if (results.upTo !== this.next) throw new Stop(0, 'RESULTS of another offset');
    this.story.won = results.won;
  }

  private checksumBefore(offset: number): number {
    const known = this.checksums.get(offset);
    if (known !== undefined) return known;
    const from = Math.max(...[...this.checksums.keys()].filter((at) => at < offset));
    const bytes = Buffer.from(this.plan.rows.slice(from, offset).join(''));
    const checksum = crc32(bytes, this.checksums.get(from));
    this.checksums.set(offset, checksum);
    return checksum;
  }

  private async load(): Promise<void> {
    const { rows, eager = false } = this.plan;
    let finished = false;
    for (;;) {
      while (!this.settling && this.next < rows.length && this.flights.length < this.window)
        this.sendBatch();
      const sent = this.next === rows.length && !this.settling;
      if (!finished && sent && (eager || this.flights.length === 0)) {
        finished = true;
        this.connection.send(say.finished(rows.length));
        this.flights.push({ is: 'finished', from: rows.length, to: rows.length });
      }
      if (this.flights.length === 0 && finished) return;
      this.settle(await this.answer());
    }
  }

  private sendBatch(): void {
    const from = this.next;
    const rows = this.plan.rows.slice(from, from + this.plan.betsPerBatch);
    this.next += rows.length;
    this.flights.push({ is: 'batch', from, to: this.next });
    const checksum = this.checksumBefore(this.next);
    const single = this.plan.betsPerBatch === 1;
    this.connection.send(
      single ? say.bet(from, checksum, rows.join('')) : say.batch(from, checksum, rows),
    );
  }

  private settle(message: Message): void {
    if (message.is === 'ACK') this.acknowledge(message.upTo);
    else if (message.is === 'RESULTS') this.results(message);
    else if (message.is === 'REJECT') this.reject(message);
    else throw new Stop(0, `${message.is} for ACK`);
    if (this.flights.length === 0) this.settling = false;
  }

  private acknowledge(upTo: number): void {
    const covered = this.flights.filter(({ is, to }) => is === 'batch' && to <= upTo);
    const last = covered.at(-1) ?? this.flights[0];
    if (last?.to !== upTo) throw new Stop(0, `an ACK of ${String(upTo)} for nothing`);
    if (covered.length > 0 && this.plan.edition === '2020') throw new Stop(0, 'ACK for RESULTS');
    this.flights.splice(0, Math.max(1, covered.length));
    this.story.acknowledged = Math.max(this.story.acknowledged, upTo);
  }

  private results(message: Message & { is: 'RESULTS' }): void {
    const flight = this.flights[0];
    if (flight?.is !== 'batch' || flight.to !== message.upTo) throw new Stop(0, 'RESULTS');
    this.story.winners.push(...message.rows);
    if (!message.last) return;
    this.flights.shift();
    this.story.won = message.won;
    this.story.acknowledged = Math.max(this.story.acknowledged, message.upTo);
  }

  private reject({ offset, expected, bet, reason }: Message & { is: 'REJECT' }): void {
    const flight = this.flights.shift();
    if (flight?.is !== 'batch' || flight.from !== offset) throw new Stop(0, 'REJECT of nothing');
    if (reason === WRONG_OFFSET && this.settling) return;
    const again = reason === WRONG_CHECKSUM && !this.damaged.has(offset);
    if (reason !== WRONG_OFFSET && !again) throw new Stop(reason, `bet ${String(bet)}`);
    if (expected > this.plan.rows.length) throw new Stop(reason, 'beyond the file');
    this.damaged.add(offset);
    this.settling = this.rejected = true;
    this.next = expected;
  }

  private async readWinners(): Promise<void> {
    const { winners } = this.story;
    this.connection.send(say.askWinners(winners.length, true));
    for (;;) {
      const message = await this.answer();
      if (message.is === 'NOT_YET') {
        if (message.retryMs === 0) continue;
        await sleep(message.retryMs);
      } else if (message.is === 'WINNERS') {
        if (message.index !== winners.length) throw new Stop(0, 'another page');
        winners.push(...message.documents);
        if (winners.length === message.total) return;
        if (message.documents.length === 0) throw new Stop(0, 'an empty page');
      } else throw new Stop(0, `${message.is} for WINNERS`);
      this.connection.send(say.askWinners(winners.length, true));
    }
  }

  private async readTotal(): Promise<void> {
    for (;;) {
      this.connection.send(say.askTotal());
      const message = await this.answer();
      if (message.is !== 'TOTAL') throw new Stop(0, `${message.is} for TOTAL`);
      this.story.total = message.winners;
      if (message.pending === 0) return;
      await sleep(200);
    }
  }
}
