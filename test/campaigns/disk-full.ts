/** A disk that is really full: a small tmpfs where root may mount one, and files that may not grow. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loteria, LOTERIA, Program } from '../support/program';
import { centralEnv, DiskLottery, judgeFailure, SMALL_DATA, type DiskData } from './disk-lottery';

const MIB = 1024;
/** Both journal files. */
const JOURNAL_KIB = 16 * MIB;
/** Fills 64 KiB beside the journal. */
const MEDIUM_DATA: DiskData = { agencies: 2, bets: 1_000, batchBets: 50 };
/** Fills 8 MiB. */
const LARGE_DATA: DiskData = { agencies: 2, bets: 4_500, batchBets: 7, nameBytes: 500 };

export interface FullDisk {
  readonly name: string;
  /** Size of the file system; undefined: not limited. */
  readonly diskKib?: number;
  /** Largest size of a file; undefined: not limited. */
  readonly fileKib?: number;
  readonly code: 'ENOSPC' | 'EFBIG';
  readonly data: DiskData;
  /** Whether the central may not even start. */
  readonly refusesStart: boolean;
}

export const FULL_DISKS: readonly FullDisk[] = [
  {
    name: 'no room for the journal at start',
    diskKib: 8 * MIB,
    code: 'ENOSPC',
    data: SMALL_DATA,
    refusesStart: true,
  },
  {
    name: 'room for the journal and no bet',
    diskKib: JOURNAL_KIB,
    code: 'ENOSPC',
    data: SMALL_DATA,
    refusesStart: false,
  },
  {
    name: 'room for 64 KiB of bets',
    diskKib: JOURNAL_KIB + 64,
    code: 'ENOSPC',
    data: MEDIUM_DATA,
    refusesStart: false,
  },
  {
    name: 'room for all bets and no winners',
    diskKib: JOURNAL_KIB + 4,
    code: 'ENOSPC',
    data: SMALL_DATA,
    refusesStart: false,
  },
  {
    name: 'files of 4 MiB at most (ulimit -f), at start',
    fileKib: 4 * MIB,
    code: 'EFBIG',
    data: SMALL_DATA,
    refusesStart: true,
  },
  {
    name: 'files of 8 MiB at most (ulimit -f), while loading',
    fileKib: 8 * MIB,
    code: 'EFBIG',
    data: LARGE_DATA,
    refusesStart: false,
  },
];

/** Why no tmpfs can be mounted here, or null. */
export function whyNoTmpfs(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-mount-'));
  try {
    const failure = mount(directory, 64);
    if (failure !== null) return failure;
    unmount(directory);
    return null;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns what is wrong */
export async function runFullDisk(disk: FullDisk): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'loteria-full-'));
  const directory = join(root, 'data');
  mkdirSync(directory);
  const { diskKib } = disk;
  const failure = diskKib === undefined ? null : mount(directory, diskKib);
  if (failure !== null) return [failure];
  try {
    const problems = await fillAndRecover(disk, directory);
    return problems.map((problem) => `${disk.name}: ${problem}`);
  } finally {
    if (diskKib !== undefined) unmount(directory);
    rmSync(root, { recursive: true, force: true });
  }
}

async function fillAndRecover(disk: FullDisk, directory: string): Promise<string[]> {
  const lottery = new DiskLottery(directory, disk.data);
  const central = startLimited(disk, directory);
  const exit = await lottery.run(central);
  const problems = judgeFailure(central, exit, disk.code);
  const started = central.matching('action: listen').length > 0;
  if (started === disk.refusesStart) problems.push(`it ${started ? 'started' : 'did not start'}`);
  if (disk.refusesStart && (exit.code !== 1 || central.lines.length !== 1)) {
    problems.push(`no clear refusal: ${JSON.stringify(exit)} ${central.output}`);
  }
  if (disk.diskKib !== undefined) {
    const size = `remount,size=${String(4 * JOURNAL_KIB)}k`;
    spawnSync('mount', ['-o', size, directory]);
  }
  return [...problems, ...(await lottery.finish())];
}

function startLimited({ fileKib, data }: FullDisk, directory: string): Program {
  const env = centralEnv(directory, data.agencies);
  if (fileKib === undefined) return loteria(['server'], env, tmpdir());
  const script = `ulimit -f ${String(fileKib)}; exec "$0" "$@"`;
  return new Program('bash', ['-c', script, process.execPath, LOTERIA, 'server'], env, tmpdir());
}

function mount(directory: string, kib: number): string | null {
  const options = ['-t', 'tmpfs', '-o', `size=${String(kib)}k`, 'tmpfs', directory];
  const { error, status, stderr } = spawnSync('mount', options, { encoding: 'utf8' });
  if (error !== undefined) return `mount cannot be run: ${error.message}`;
  return status === 0 ? null : `no tmpfs can be mounted: ${stderr.trim()}`;
}

function unmount(directory: string): void {
  spawnSync('umount', ['-l', directory]);
}
