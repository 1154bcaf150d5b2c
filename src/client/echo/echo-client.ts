/** The client of the first exercises: some messages to the echo server, one connection each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../base/clock';
import { LoteriaError, messageOf } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import { dial } from '../../net/dial';
import { FrameBuffer } from '../../net/frame-buffer';
import type { Transport } from '../../net/transport';
import { backoffMs } from '../backoff';
import type { ClientConfig } from '../config';

const LF = 0x0a;

/**
 * Sends the messages and logs the replies.
 *
 * @param stop ends the loop early
 * @returns false when it was stopped
 * @throws LoteriaError GAVE_UP
 */
export async function runEchoLoop(
  config: ClientConfig,
  logger: Logger,
  stop: AbortSignal,
): Promise<boolean> {
  const id = config.texts.id;
  for (let n = 1; n <= config.loopAmount; n++) {
    const msg = await exchange(config, logger, stop, `[CLIENT ${id}] Message N°${String(n)}`);
    if (msg === null) return false;
    logger.info('receive_message', 'success', { client_id: id, msg });
    logger.flush();
    if (n < config.loopAmount && !(await pause(config.loopPeriodMs, stop))) return false;
  }
  logger.info('loop_finished', 'success', { client_id: id });
  return true;
}

/** One message and its reply, however many connections it takes; null when stopped. */
async function exchange(
  config: ClientConfig,
  logger: Logger,
  stop: AbortSignal,
  message: string,
): Promise<string | null> {
  const startedMs = systemClock.nowMs();
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(config, stop, message);
    } catch (error) {
      if (stop.aborted) return null;
      const triedMs = systemClock.nowMs() - startedMs;
      if (triedMs > config.retryForMs) {
        const seconds = String(Math.round(triedMs / 1000));
        throw new LoteriaError('GAVE_UP', `no reply within ${seconds} s: ${messageOf(error)}`);
      }
      const delayMs = Math.round(backoffMs(attempt, Math.random()));
      logger.info('connect', 'in_progress', {
        client_id: config.texts.id,
        error: messageOf(error),
        retry_after_ms: delayMs,
      });
      if (!(await pause(delayMs, stop))) return null;
    }
  }
}

async function attemptOnce(
  config: ClientConfig,
  stop: AbortSignal,
  message: string,
): Promise<string> {
  const [{ host, port }] = config.servers;
  stop.throwIfAborted();
  const transport = await dial(host, port, LIMITS.connectTimeoutMs, { stop });
  const timer = setTimeout(() => {
    transport.destroy();
  }, LIMITS.centralSilenceMsMax);
  try {
    return await readReply(transport, `${message}\n`);
  } finally {
    clearTimeout(timer);
    transport.destroyWhenSent();
  }
}

function readReply(transport: Transport, line: string): Promise<string> {
  const input = new FrameBuffer();
  return new Promise((resolve, reject) => {
    transport.attach({
      onData: (chunk) => {
        input.append(chunk);
        const lineFeed = input.indexOf(LF);
        if (lineFeed >= 0)
          resolve(
            input
              .take(lineFeed + 1)
              .toString('utf8')
              .trimEnd(),
          );
        else if (input.length > LIMITS.echoLineBytesMax) reject(new Error('the reply is too long'));
      },
      onDrain: () => undefined,
      onEnd: () => {
        reject(new Error('connection closed before the reply'));
      },
      onClose: (error) => {
        reject(error ?? new Error('connection closed before the reply'));
      },
    });
    transport.write(Buffer.from(line, 'utf8'));
  });
}

/** @returns false when it was cut short */
async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: stop });
    return true;
  } catch {
    return false;
  }
}
