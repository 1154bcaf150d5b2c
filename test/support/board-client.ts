/** A viewer of the board: HTTP requests as a browser or a scraper sends them, and others. */
import { request, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AgencyRow, DeltaEvent, FullEvent } from '../../src/board/feed';
import type { Program } from './program';

const WAIT_MS = 15_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The port of a central's board, from its log. */
export async function boardPortOf(program: Program): Promise<number> {
  const line = await program.waitFor('action: board | result: success');
  return Number(/port: (\d+)$/.exec(line)?.[1]);
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined: a connection of its own. */
  readonly agent?: Agent;
}

export function ask(port: number, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, agent = false } = asked;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.end();
  });
}

export async function statusOf(port: number): Promise<FullEvent> {
  return JSON.parse((await ask(port, '/status')).text) as FullEvent;
}

/** The value of each sample line of /metrics, by the text before it. */
export async function metricsOf(port: number): Promise<ReadonlyMap<string, number>> {
  const { text } = await ask(port, '/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** Sends bytes as they are. @returns what came back until the connection ended */
export function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1');
    socket.setTimeout(WAIT_MS, () => socket.destroy());
    socket.on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(text);
    });
    socket.end(bytes);
  });
}

/** An open stream of events, with the state that they lead to. */
export class Viewer {
  readonly events: { readonly name: string; readonly data: FullEvent | DeltaEvent }[] = [];
  readonly agencies = new Map<number, AgencyRow>();
  state: FullEvent['state'] | null = null;
  isOver = false;
  private rest = '';

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      this.take(part);
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.isOver = true;
    });
  }

  static open(port: number): Promise<Viewer> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: '/events', agent: false });
      sent.on('error', reject);
      sent.on('response', (response) => {
        resolve(new Viewer(response));
      });
      sent.end();
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** Stops reading, as a browser that hangs. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  close(): void {
    this.response.destroy();
  }

  async waitUntil(isDone: () => boolean): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!isDone()) {
      if (Date.now() > deadline) throw new Error(`it did not come: ${JSON.stringify(this.state)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private take(part: string): void {
    const texts = (this.rest + part).split('\n\n');
    this.rest = texts.pop() ?? '';
    for (const text of texts) {
      const [first = '', second = ''] = text.split('\n');
      const name = first.replace('event: ', '');
      const data = JSON.parse(second.replace('data: ', '')) as FullEvent | DeltaEvent;
      if (name === 'full') this.agencies.clear();
      this.state = data.state;
      for (const row of data.agencies) {
        const known = this.agencies.get(row.agency);
        this.agencies.set(row.agency, { ...known, ...row } as AgencyRow);
      }
      this.events.push({ name, data });
    }
  }
}
