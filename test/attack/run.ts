/**
 * `npm run attack [-- --quick] [NAME...]`: attacks a built central and agency in every way of the
 * catalogue, and prints what was seen. Exits with 1 when something did not hold.
 */
import { cleanUp } from '../support/program';
import { reportOf, runAttacks } from './campaign';
import { ATTACK_CASES } from './catalogue';

/** Far more than any attack of its form takes. */
const TIMEOUT_MS = { quick: 60_000, whole: 600_000 };

async function main(args: readonly string[]): Promise<void> {
  const isQuick = args.includes('--quick');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.filter((name) => ATTACK_CASES.every((of) => of.name !== name));
  if (unknown.length > 0) throw new Error(`no such attack: ${unknown.join(', ')}`);
  const cases = ATTACK_CASES.filter(({ name, isLong }) =>
    names.length > 0 ? names.includes(name) : !isQuick || isLong !== true,
  );
  const outcomes = await runAttacks(cases, {
    timeoutMs: isQuick ? TIMEOUT_MS.quick : TIMEOUT_MS.whole,
    cleanUp,
    onOutcome: ({ of, ok, seconds }) => {
      process.stderr.write(`${ok ? 'ok    ' : 'FAILED'} ${of.name} (${seconds.toFixed(1)} s)\n`);
    },
  });
  process.stdout.write(reportOf(outcomes));
  process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`attack: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
