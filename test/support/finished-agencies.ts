/** Agencies with few bets that finish and wait for their winners, without any code of `src/`. */
import { RawAgency } from './raw-agency';
import { NORA, row } from './wire-builder';

/** The rows of an agency: `bets` of them, the last one on the number. */
export function rowsOf(agency: number, bets: number, winning = 7574): Buffer[] {
  return Array.from({ length: bets }, (_, i) =>
    row({
      ...NORA,
      agency,
      document: String(agency * 1_000 + i),
      number: i === bets - 1 ? winning : (i * 31) % 7_000,
    }),
  );
}

/** Has these agencies send their bets and finish. @returns the agencies, which wait for winners */
export async function finishAgencies(
  port: number,
  numbers: readonly number[],
  bets = 3,
): Promise<RawAgency[]> {
  return Promise.all(
    numbers.map(
      (number) =>
        new Promise<RawAgency>((resolve, reject) => {
          const agency = new RawAgency(number, {
            rows: rowsOf(number, bets),
            window: 8,
            batchBets: 2,
            onFinished: () => {
              resolve(agency);
            },
          });
          void agency.run(port).then(() => {
            reject(new Error(`agency ${String(number)} was cut off: ${agency.problems.join()}`));
          });
        }),
    ),
  );
}
