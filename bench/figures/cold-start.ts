/** From exec to the first byte: the central's to the world, the agency's to the central. */
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Child, startNode } from '../support/child';
import { inTurns, type BenchContext } from '../support/context';
import { CENTRAL_LISTENS, centralEnvironment, LOTERIA, startAgency } from '../support/programs';
import { makeRow, type FigureResult, type Goal, type Row } from '../support/result';
import { benchProgram } from '../support/root';
import type { Figure } from './figure';

async function untilLine(child: Child, pattern: RegExp): Promise<number> {
  await child.waitFor(pattern);
  const elapsedMs = performance.now() - child.spawnedMs;
  await child.stop();
  return elapsedMs;
}

function serverStart(directory: string): Promise<number> {
  const args = [LOTERIA, 'server', '--config', '/dev/null'];
  const env = centralEnvironment({ directory, agencies: 5 });
  return untilLine(new Child(process.execPath, args, { env }), CENTRAL_LISTENS);
}

function bareServerStart(): Promise<number> {
  return untilLine(startNode(benchProgram('floor-a.js'), { file: null }), /listen/);
}

/** @param start starts a client of this port */
async function untilFirstByte(start: (port: number) => Child): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const first = new Promise<number>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        resolve(performance.now());
        socket.destroy();
      });
    });
  });
  const child = start((server.address() as AddressInfo).port);
  const ended = child.exited.then(() => {
    throw new Error(`it ended before it sent anything:\n${child.output}`);
  });
  const elapsedMs = (await Promise.race([first, ended])) - child.spawnedMs;
  await child.stop('SIGKILL');
  server.close();
  return elapsedMs;
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { repeat } = context.options;
  context.say('cold-start');
  const fresh: number[] = [];
  const servers = await inTurns(repeat, bareServerStart, async () => {
    const directory = context.newDirectory();
    fresh.push(await serverStart(directory));
    const again = await serverStart(directory);
    context.removeDirectory(directory);
    return again;
  });
  const data = context.newDirectory();
  const file = join(data, 'empty.csv');
  writeFileSync(file, '');
  const clients = await inTurns(
    repeat,
    () =>
      untilFirstByte(
        (port) => new Child(process.execPath, [benchProgram('bare-client.js'), String(port)]),
      ),
    () => untilFirstByte((port) => startAgency({ port, agency: 1, file })),
  );
  context.removeDirectory(data);
  const row = (setting: string, ours: number[], floor: number[], goal?: Goal): Row => {
    const figures = { setting, metric: 'exec to first byte', unit: 'ms', ours, floor };
    return makeRow(goal === undefined ? figures : { ...figures, goal });
  };
  return {
    rows: [
      row('central, new DATA_DIR', fresh, servers.floor),
      row('central, DATA_DIR in use', servers.ours, servers.floor, { of: 'ratio', atMost: 2 }),
      row('agency', clients.ours, clients.floor, { of: 'ratio', atMost: 1.6 }),
    ],
    plots: [],
    notes: ['The floors are Node programs that do nothing else than listen, or connect and send.'],
  };
}

export const coldStart: Figure = { name: 'cold-start', title: 'Cold start', run };
