/** `loteria verify`, and the same as `loteria store verify`: accounts for all that is stored. */
import type { Command } from 'commander';
import { isPostgresUrl } from '../../store/postgres/connection/place';
import type { Verification } from '../../tools/verify/verify';
import { sha256, withJson, writeJson } from '../arguments';
import { withHelp } from '../help';

interface VerifyOptions {
  readonly json?: boolean;
  readonly passwordFile?: string | null;
  readonly digest?: string;
  readonly commitment?: string;
}

/**
 * Adds `verify`. Its place is a directory or a database, by its form.
 *
 * @param parent the program, or its command `store`
 */
export function addVerify(parent: Command): void {
  const command = withJson(parent.command('verify'))
    .description('check all that is stored against each other: journal, bets, winners, acta')
    .argument(
      '<place>',
      'DATA_DIR of a central that is not running, or a copy; or a URL as in STORE',
    )
    .option('--digest <hex>', 'what the digest of all bets must be', sha256)
    .option('--commitment <hex>', 'what was published of a random winning number', sha256)
    .option('--password-file <file>', 'the password, for a URL')
    .action(async (place: string, options: VerifyOptions) => {
      const report = await import('../../tools/verify/verify-report.js');
      const isUrl = isPostgresUrl(place);
      const verification = await verificationOf(place, isUrl, options);
      if (options.json === true) writeJson(report.reportOf(verification));
      else process.stdout.write(report.reportText(verification, isUrl ? 'Tables' : 'Journal'));
    });
  const name = parent.name() === 'store' ? 'loteria store verify' : 'loteria verify';
  withHelp(command, {
    examples: [
      `${name} /var/lib/loteria`,
      `${name} data --digest "$(cat published-digest)"`,
      `${name} data --json`,
      `${name} postgres://loteria@10.0.0.11,10.0.0.12/lottery`,
    ],
  });
}

async function verificationOf(
  place: string,
  isUrl: boolean,
  { passwordFile = null, digest, commitment }: VerifyOptions,
): Promise<Verification> {
  if (isUrl) {
    const { verifyDatabase } = await import('../../tools/database/verify-database.js');
    return verifyDatabase(place, passwordFile, { digest, commitment });
  }
  const { verifyStore } = await import('../../tools/verify/verify.js');
  return verifyStore(place, { digest, commitment });
}
