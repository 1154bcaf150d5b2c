/**
 * Whether bars, colours and cursor movements may be written to a stream: it is a terminal that
 * understands them (`TERM` is not `dumb`), and nobody has asked for plain text (`NO_COLOR`, with any
 * value but the empty one).
 */
export function takesEscapes(
  out: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return out.isTTY === true && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
}
