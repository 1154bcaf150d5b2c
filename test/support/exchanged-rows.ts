/** The damage that no checksum of one agency's rows can reveal. */

/** bets.csv with two neighbours exchanged that are of different agencies, the last such pair. */
export function neighboursExchanged(csv: Buffer): Buffer {
  const rows = csv.toString('utf8').split(/(?<=\r\n)/);
  const agencies = rows.map((row) => Number.parseInt(row, 10));
  const at = agencies.findLastIndex((agency, i) => i > 0 && agency !== agencies[i - 1]);
  if (at < 1) throw new Error('all rows are of one agency');
  return Buffer.from(rows.toSpliced(at - 1, 2, rows[at] ?? '', rows[at - 1] ?? '').join(''));
}
