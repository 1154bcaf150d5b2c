/** What an operator may set, and how large the files that a setting names may be. */
import { KIB, MIB } from './units';

export const SETTING_LIMITS = {
  portMax: 65_535,
  /** Centrals that an agency may be given. */
  serverAddressesMax: 16,
  listenBacklogMax: 65_535,
  /** Of MAX_CONNECTIONS and MAX_CONNECTIONS_PER_ADDRESS. */
  connectionsSettingMax: 1_000_000,
  workersMax: 64,
  /** Messages of the echo exercise. */
  loopAmountMax: 1_000_000_000,
  /** `loteria status` and `top`: for the answer of a board, and its length with 65,535 agencies. */
  boardAnswerTimeoutMs: 5_000,
  boardAnswerBytesMax: 64 * MIB,
  /** `loteria top`: pause between two updates at least, as each makes the central write all of its state. */
  topPeriodMsMin: 100,
  /** A timer cannot wait longer than this. */
  durationMsMax: 2 ** 31 - 1,

  /** A file of certificates or of a key. */
  pemFileBytesMax: MIB,
  /** The file with the password of a database, of which the first line counts. */
  passwordFileBytesMax: 64 * KIB,
  /** A file of certificate revocation lists: some 40 bytes for each certificate. */
  crlFileBytesMax: 16 * MIB,
  /** Longest file of secrets: a line for each possible agency, and as much again of comments. */
  secretsFileBytesMax: 16 * MIB,
};
