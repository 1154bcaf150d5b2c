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
import { accessTo } from '../../store/postgres/open-postgres';
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
      const verification = await atOneMoment(access, (query, lottery) =>
        writeFiles(query, lottery, unfinished),
      );
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

async function writeFiles(
  query: Query,
  lottery: StoredLottery,
  directory: string,
): Promise<Verification> {
  const { state, acta } = lottery;
  const csv = new NewFile(join(directory, CSV_NAME));
  const winners = state.draw === null ? null : new NewFile(join(directory, WINNERS_NAME));
  try {
    const verification = await auditLottery(query, lottery, {
      onRows: (rows) => {
        csv.append(rows);
      },
      onWinners: (rows) => {
        winners?.append(rows);
      },
    });
    if (acta !== null) {
      replaceFile(nodeFiles, join(directory, ACTA_NAME), [Buffer.from(actaText(acta), 'utf8')]);
    }
    publishCommitment(nodeFiles, directory, state.terms?.winningNumber ?? null);
    csv.sync();
    winners?.sync();
    return verification;
  } finally {
    csv.close();
    winners?.close();
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
