/**
 * `npm run fuzz -- [--frames N] [--seed S] [--world W] [--tcp]`: mutated frames and conversations
 * into the central, in process or over TCP to a real one.
 *
 * `--dialects --messages N [--world W]`: the same in the earlier dialects, in process;
 * `--tls --handshakes N`: mutated TLS handshakes to a real central.
 */
import { parseArgs } from 'node:util';
import { buildName } from '../support/build-name';
import { fuzzDialects, fuzzDialectWorld, type DialectFigures } from './dialects';
import { fuzzInProcess, fuzzOne } from './in-process';
import type { FuzzFigures } from './session';
import { fuzzOverTcp } from './tcp';
import { fuzzTls, type TlsFigures } from './tls';

const PROGRESS_MS = 10_000;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function printAnswers(answers: ReadonlyMap<string, number>): void {
  for (const [answer, count] of [...answers].sort()) {
    print(`  ${answer.padEnd(28)} ${count.toLocaleString('en').padStart(14)}`);
  }
}

function reportDialects({ messages, conversations, rows }: DialectFigures): string {
  const [sent, held, stored] = [messages, conversations, rows].map((n) => n.toLocaleString('en'));
  return `${sent ?? ''} messages in ${held ?? ''} conversations, ${stored ?? ''} rows stored`;
}

function fuzzAllDialects(messages: number, seed: number, onTime: () => boolean): void {
  const onWorld = (figures: DialectFigures): void => {
    if (onTime()) print(reportDialects(figures));
  };
  const figures = fuzzDialects(messages, seed, onWorld);
  print(reportDialects(figures));
  printAnswers(figures.answers);
}

async function fuzzAllTls(handshakes: number, seed: number, onTime: () => boolean): Promise<void> {
  const describe = (figures: TlsFigures): string =>
    `${figures.handshakes.toLocaleString('en')} handshakes, ` +
    `${figures.bets.toLocaleString('en')} honest bets acknowledged` +
    `, ${String(figures.late)} honest handshakes too late (${String(figures.lateInARow)} in a row)`;
  const figures = await fuzzTls(handshakes, seed, (now) => {
    if (onTime()) print(describe(now));
  });
  print(`${describe(figures)}, at most ${String(figures.memoryMb)} MB in the central`);
  printAnswers(figures.attacks);
}

function report(figures: FuzzFigures, startedMs: number): string {
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage();
  const rate = Math.round((figures.frames / (user + system)) * 1e6);
  return (
    `${figures.frames.toLocaleString('en')} frames in ` +
    `${figures.conversations.toLocaleString('en')} conversations, ` +
    `${Math.round(figures.bytes / 1e6).toLocaleString('en')} MB, ${seconds.toFixed(1)} s, ` +
    `${rate.toLocaleString('en')} frames per second of CPU`
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '1000000' },
      seed: { type: 'string' },
      world: { type: 'string' },
      tcp: { type: 'boolean', default: false },
      dialects: { type: 'boolean', default: false },
      messages: { type: 'string', default: '1000000' },
      tls: { type: 'boolean', default: false },
      handshakes: { type: 'string', default: '10000' },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const frames = Number(values.frames);
  const startedMs = performance.now();
  let printedMs = startedMs;
  const onTime = (): boolean => {
    if (performance.now() - printedMs < PROGRESS_MS) return false;
    printedMs = performance.now();
    return true;
  };
  const onProgress = (figures: FuzzFigures): void => {
    if (onTime()) print(report(figures, startedMs));
  };
  if (values.world !== undefined) {
    if (values.dialects) fuzzDialectWorld(Number(values.world));
    else print(report(fuzzOne(Number(values.world)), startedMs));
    print('nothing wrong');
    return;
  }
  print(`build ${buildName(process.cwd())}, seed ${String(seed)}`);
  if (values.dialects || values.tls) {
    if (values.dialects) fuzzAllDialects(Number(values.messages), seed, onTime);
    if (values.tls) await fuzzAllTls(Number(values.handshakes), seed, onTime);
    print('nothing wrong');
    return;
  }
  const figures = values.tcp
    ? await fuzzOverTcp(frames, seed, onProgress)
    : fuzzInProcess(frames, seed, onProgress);
  print(report(figures, startedMs));
  printAnswers(figures.answers);
  print('nothing wrong');
}

main().catch((error: unknown) => {
  print(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
