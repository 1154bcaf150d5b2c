/** Floor B: `floor.c`, which moves raw CSV files with group commit, and parses nothing. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Child } from '../support/child';
import { freePort, untilListening } from '../support/ports';
import { ROOT } from '../support/root';

const SOURCE = join(ROOT, 'bench', 'floor', 'floor.c');

export interface FloorBFigures {
  readonly seconds: number;
  readonly receiverCpuSeconds: number;
}

/** @returns the compiled program, or why there is none */
export function buildFloorB(
  into: string,
): { readonly program: string } | { readonly reason: string } {
  const program = join(into, 'floor');
  const { status, error } = spawnSync('cc', ['-O2', '-o', program, SOURCE]);
  if (error !== undefined) return { reason: 'there is no C compiler (cc)' };
  return status === 0 ? { program } : { reason: `cc could not build ${SOURCE}` };
}

/** One receiver and a sender for each file: start of the senders to the last sender's last line. */
export async function runFloorB(
  program: string,
  directory: string,
  files: readonly string[],
): Promise<FloorBFigures> {
  const port = await freePort();
  const args = [program, 'recv', String(port), join(directory, 'out'), String(files.length)];
  // The shell measures its child's CPU time to the millisecond; the program ends by itself.
  const timed = `TIMEFORMAT='cpu %3U %3S'; time "$@"`;
  const receiver = new Child('bash', ['-c', timed, 'bash', ...args]);
  await untilListening(port, receiver);
  const startedMs = performance.now();
  const senders = files.map((file) => new Child(program, ['send', String(port), file]));
  await Promise.all(senders.map((sender) => sender.waitFor(/consulta_ganadores/)));
  const seconds = (performance.now() - startedMs) / 1000;
  await Promise.all([...senders, receiver].map(({ exited }) => exited));
  const [, user, system] = await receiver.waitFor(/cpu (\S+) (\S+)/);
  return { seconds, receiverCpuSeconds: Number(user) + Number(system) };
}
