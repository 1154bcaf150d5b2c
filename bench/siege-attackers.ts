/**
 * The other side of `npm run siege`: hostile peers of every kind at once, at limited rates, in a
 * process of their own. `siege-attackers.ts PORT IDLE`; prints `ready` when all are in place.
 */
import { connect, type Socket } from 'node:net';
import * as wire from '../test/support/wire-builder';

const [port = 0, idleMax = 0] = process.argv.slice(2).map(Number);
/** The agency that the never-reader is; the honest ones are 1 to 5. */
const NEVER_READER = 6;
const SLOWLORIS = 200;
const FLOOD_PER_SECOND = 200;
const GARBAGE_PER_SECOND = 100;
const QUESTIONS_PER_SECOND = 2_000;
const IDLE_PER_TICK = 40;
const TICK_MS = 20;

let addresses = 0;

/** Attackers come from a few hundred addresses, and do not mind being thrown out. */
function open(onConnect: (socket: Socket) => void, onClose: () => void = () => undefined): void {
  addresses = (addresses + 1) % 250;
  const localAddress = `127.0.1.${String(addresses + 1)}`;
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    onConnect(socket);
  });
  socket.once('close', onClose);
}

let idle = 0;

/** Keeps up as many connections as are wanted; none of them ever speaks. */
function keepIdle(): void {
  for (let i = 0; i < IDLE_PER_TICK && idle < idleMax; i++) {
    idle++;
    open(
      (socket) => socket.resume(),
      () => idle--,
    );
  }
}

/** One byte a second of an introduction that would take minutes. */
function slowloris(): void {
  const bytes = wire.join(wire.preface(), wire.introduce(1, new Uint8Array(256)));
  let at = 0;
  open(
    (socket) => {
      socket.resume();
      const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 1_000);
      socket.once('close', () => {
        clearInterval(timer);
      });
    },
    () => setTimeout(slowloris, 1_000),
  );
}

function garbage(): void {
  const bytes = Buffer.alloc(4_096);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + addresses) & 0xff;
  open((socket) => {
    socket.resume();
    socket.write(bytes);
  });
}

/** Asks for ever and reads nothing. */
function neverReader(): void {
  open(
    (socket) => {
      socket.write(wire.join(wire.preface(), wire.introduce(NEVER_READER), wire.finished(0)));
      const perTick = Math.round((QUESTIONS_PER_SECOND * TICK_MS) / 1_000);
      const questions = Buffer.concat(Array.from({ length: perTick }, () => wire.askWinners(0, 0)));
      const timer = setInterval(() => {
        if (socket.writableLength < 65_536) socket.write(questions);
      }, TICK_MS);
      socket.once('close', () => {
        clearInterval(timer);
      });
    },
    () => setTimeout(neverReader, 100),
  );
}

function every(perSecond: number, attack: () => void): void {
  setInterval(attack, 1_000 / perSecond);
}

setInterval(keepIdle, TICK_MS);
for (let i = 0; i < SLOWLORIS; i++) slowloris();
every(FLOOD_PER_SECOND, () => {
  open((socket) => {
    socket.resetAndDestroy();
  });
});
every(GARBAGE_PER_SECOND, garbage);
neverReader();
const waiting = setInterval(() => {
  if (idle < idleMax) return;
  clearInterval(waiting);
  process.stdout.write('ready\n');
}, TICK_MS);
