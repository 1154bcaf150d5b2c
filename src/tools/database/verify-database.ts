/** `loteria verify URL`: accounts for every bet of a lottery in a PostgreSQL. */
import { LoteriaError } from '../../base/errors';
import { accessTo } from '../../store/postgres/open-postgres';
import { atOneMoment } from '../../store/postgres/stored-lottery';
import { demandDigest, type Published, type Verification } from '../verify/verify';
import { demandCommitment } from '../verify/verify-number';
import { auditLottery } from './audit';

/**
 * Reads as of one moment; centrals may go on meanwhile.
 *
 * @param url of the database
 * @param passwordFile null: no password
 * @param published what must come out
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE, STORE_IO, STORE_NOT_INITIALISED, STORE_REFUSED,
 *   STORE_DAMAGED; STORE_INCOMPLETE between the draw and its acta
 */
export function verifyDatabase(
  url: string,
  passwordFile: string | null,
  published: Published = {},
): Promise<Verification> {
  return atOneMoment(accessTo(url, passwordFile), async (query, lottery) => {
    const { name, state, acta } = lottery;
    const verification = await auditLottery(query, lottery);
    demandCommitment(name, state.terms?.winningNumber ?? null, published.commitment);
    if (state.draw !== null && acta === null) {
      const what = 'the draw was made, but its acta is not written yet';
      throw new LoteriaError('STORE_INCOMPLETE', `${name}: ${what}; start a central once`);
    }
    demandDigest(name, verification.digest, published);
    return verification;
  });
}
