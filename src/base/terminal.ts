/**
 * Whether bars, colours and cursor movements may be written to a stream: it is a terminal, `TERM` is not
 * `dumb`, and `NO_COLOR` is unset or empty.
 */
export function takesEscapes(
  out: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return out.isTTY === true && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
}
