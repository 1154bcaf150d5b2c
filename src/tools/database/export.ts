/** `loteria store export`: the files of the course and of the draw, as the default engine would have them. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { ACTA_NAME } from '../../store/file/acta/acta-file';
import { publishCommitment } from '../../store/file/acta/commitment';
import { nodeFiles, replaceFile, writeAll } from '../../store/file/directory/files';
import { CSV_NAME } from '../../store/file/journal/recovery';
import { WINNERS_NAME } from '../../store/file/winners/winners-file';
import { accessTo, type PostgresAccess } from '../../store/postgres/open-postgres';
import type { Query } from '../../store/postgres/connection/primary';
import { atOneMoment, type StoredLottery } from '../../store/postgres/stored-lottery';
import { actaText } from '../../store/acta';
import { withStoreErrors } from '../../store/store-error';
import type { Verification } from '../verify/verify';
import { auditLottery } from './audit';

/**
 * Writes bets.csv in stored order, and where there are any winners.csv, acta.json and commitment.json. All of it
 * is checked while it is read; the directory appears when it is whole.
 *
 * @param url of the database
 * @param passwordFile null: no password
 * @param directory which must not exist, in one that does
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE, DATA_EXISTS, STORE_IO, STORE_NOT_INITIALISED,
 *   STORE_REFUSED, STORE_DAMAGED
 */
export async function exportStore(
  url: string,
  passwordFile: string | null,
  directory: string,
): Promise<Verification> {
  const access = accessTo(url, passwordFile);
  const target = resolve(directory);
  if (existsSync(target)) {
    throw new LoteriaError('DATA_EXISTS', `${directory}: it is there; expected another name`);
  }
  const unfinished = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(4).toString('hex')}.new`,
  );
  return withStoreErrors(directory, async () => {
    nodeFiles.makeDirectory(unfinished);
    try {
      const verification = await writeFiles(access, unfinished);
      nodeFiles.syncDirectory(unfinished);
      nodeFiles.rename(unfinished, target);
      nodeFiles.syncDirectory(dirname(target));
      return verification;
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw error;
    }
  });
}

/**
 * The database ends a transaction that waits for long, and keeps old rows for it: what may take long, making files
 * durable, comes behind it.
 */
async function writeFiles(access: PostgresAccess, directory: string): Promise<Verification> {
  const files = new ExportedFiles(directory);
  try {
    const { lottery, verification } = await atOneMoment(access, async (query, lottery) => ({
      lottery,
      verification: await files.writeRows(query, lottery),
    }));
    files.complete(lottery);
    return verification;
  } finally {
    files.close();
  }
}

class ExportedFiles {
  private readonly csv: NewFile;
  private winners: NewFile | null = null;

  constructor(private readonly directory: string) {
    this.csv = new NewFile(join(directory, CSV_NAME));
  }

  /** Writes all rows, which are checked while they are read; not durable yet. */
  writeRows(query: Query, lottery: StoredLottery): Promise<Verification> {
    if (lottery.state.draw !== null) this.winners = new NewFile(join(this.directory, WINNERS_NAME));
    return auditLottery(query, lottery, {
      onRows: (rows) => {
        this.csv.append(rows);
      },
      onWinners: (rows) => {
        this.winners?.append(rows);
      },
    });
  }

  /** Writes what is no row, and makes all files durable. */
  complete({ state, acta }: StoredLottery): void {
    const { directory } = this;
    if (acta !== null) {
      replaceFile(nodeFiles, join(directory, ACTA_NAME), [Buffer.from(actaText(acta), 'utf8')]);
    }
    publishCommitment(nodeFiles, directory, state.terms?.winningNumber ?? null);
    this.csv.sync();
    this.winners?.sync();
  }

  close(): void {
    this.csv.close();
    this.winners?.close();
  }
}

class NewFile {
  private readonly fd: number;
  private bytes = 0;

  constructor(path: string) {
    this.fd = nodeFiles.open(path, true);
  }

  append(rows: Uint8Array): void {
    writeAll(nodeFiles, this.fd, [rows], this.bytes);
    this.bytes += rows.length;
  }

  sync(): void {
    nodeFiles.sync(this.fd);
  }

  close(): void {
    nodeFiles.close(this.fd);
  }
}
