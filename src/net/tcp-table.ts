/**
 * The bytes that the system has yet to deliver on each TCP connection, from Linux's /proc. Node only
 * knows when the system takes bytes, which happens in steps of megabytes, once a third of its buffer is
 * empty; a slow reader frees some of the buffer all the time.
 */
import { promises } from 'node:fs';
import { endianness } from 'node:os';

const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
const MAPPED_IPV4 = '00000000000000000000FFFF';

/** Both ends of a TCP connection. */
export interface TcpEnds {
  readonly localPort: number;
  readonly remotePort: number;
  /** As Node writes it; an IPv4 address without `::ffff:`. */
  readonly remoteAddress: string;
}

/** Bytes that were sent and not acknowledged by the peer's system, by {@link keyOf}. */
export type SendQueues = ReadonlyMap<string, number>;

/** The key of a connection in {@link SendQueues}: `LOCAL_PORT REMOTE_PORT REMOTE_ADDRESS`. */
export function keyOf({ localPort, remotePort, remoteAddress }: TcpEnds): string {
  return `${String(localPort)} ${String(remotePort)} ${remoteAddress}`;
}

/** @returns nothing where the system has no such tables */
export async function readSendQueues(): Promise<SendQueues> {
  const texts = await Promise.all(
    TABLES.map((path) => promises.readFile(path, 'latin1').catch(() => '')),
  );
  return parseTcpTable(texts.join(''), endianness());
}

/**
 * @param text lines of /proc/net/tcp or tcp6
 * @param byteOrder of the machine, in which each 32 bits of an address are printed
 */
export function parseTcpTable(text: string, byteOrder: 'BE' | 'LE'): SendQueues {
  const queues = new Map<string, number>();
  const line =
    /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]+):/gm;
  for (const [, local = '', address = '', remote = '', queued = ''] of text.matchAll(line)) {
    const bytes = Number.parseInt(queued, 16);
    if (bytes === 0) continue;
    const [localPort, remotePort] = [Number.parseInt(local, 16), Number.parseInt(remote, 16)];
    const remoteAddress = addressOf(address, byteOrder);
    queues.set(keyOf({ localPort, remotePort, remoteAddress }), bytes);
  }
  return queues;
}

function addressOf(printed: string, byteOrder: 'BE' | 'LE'): string {
  const bytes = Buffer.from(printed, 'hex');
  if (byteOrder === 'LE') bytes.swap32();
  const hex = bytes.toString('hex').toUpperCase();
  if (hex.length === 8 || hex.startsWith(MAPPED_IPV4)) return [...bytes.subarray(-4)].join('.');
  const groups = hex.match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
