/**
 * `npm run fuzz -- [--frames N] [--seed S] [--world W] [--tcp]`: mutated frames and conversations
 * into the central, in process or over TCP to a real one.
 */
import { parseArgs } from 'node:util';
import { fuzzInProcess, fuzzOne } from './in-process';
import type { FuzzFigures } from './session';
import { fuzzOverTcp } from './tcp';

const PROGRESS_MS = 10_000;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
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
    },
  });
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const frames = Number(values.frames);
  const startedMs = performance.now();
  let printedMs = startedMs;
  const onProgress = (figures: FuzzFigures): void => {
    if (performance.now() - printedMs < PROGRESS_MS) return;
    printedMs = performance.now();
    print(report(figures, startedMs));
  };
  if (values.world !== undefined) {
    print(report(fuzzOne(Number(values.world)), startedMs));
    return;
  }
  print(`seed ${String(seed)}`);
  const figures = values.tcp
    ? await fuzzOverTcp(frames, seed, onProgress)
    : fuzzInProcess(frames, seed, onProgress);
  print(report(figures, startedMs));
  for (const [answer, count] of [...figures.answers].sort()) {
    print(`  ${answer.padEnd(28)} ${count.toLocaleString('en').padStart(14)}`);
  }
  print('nothing wrong');
}

main().catch((error: unknown) => {
  print(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
