/** How calls of the simulated disk are counted, and how they fail. */
import type { Files } from '../../src/store/file/directory/files';

export interface FileCall {
  /** Counts all calls from 0. */
  readonly index: number;
  readonly kind: keyof Files;
  readonly path: string;
}

/** The `errno` name to fail a call with, or null to let it pass. */
export type FaultRule = (call: FileCall) => string | null;

/** Thrown by every call when the power has gone. */
export class PowerLossError extends Error {
  override readonly name = 'PowerLossError';
}

/** An error as the system reports it. */
export function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call}`), { code });
}
