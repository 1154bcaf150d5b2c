const COMMA = 0x2c;
const DATE_BYTES = 10;

/**
 * Document and number of one checked row. They are found from its end: nothing after the names is
 * ever quoted.
 */
export function documentAndNumber(row: Buffer): { document: string; number: number } {
  const numberAt = row.lastIndexOf(COMMA) + 1;
  const documentEnd = numberAt - 1 - DATE_BYTES - 1;
  const documentAt = row.lastIndexOf(COMMA, documentEnd - 1) + 1;
  return {
    document: row.toString('latin1', documentAt, documentEnd),
    number: Number(row.toString('latin1', numberAt).trimEnd()),
  };
}
