/** What to do about a refusal of the central that ends the agency: the end of the error's text. */

/** About a bet that the central rejected. */
export const ROW_ADVICE =
  '; correct that row and run the agency again, or leave such rows out with --skip-invalid';

/** By the code of the central's error. Others are faults of a program, which no setting mends. */
export const REFUSAL_ADVICE: Readonly<Record<string, string>> = {
  NOT_AUTHORISED:
    '; check token.file (CLI_TOKEN_FILE) and tls.cert (CLI_TLS_CERT) against what the central was given',
  UNKNOWN_AGENCY: '; check id (CLI_ID) against AGENCIES of the central',
  WRONG_EDITION: '; set edition (CLI_EDITION) as EDITION of the central',
  WRONG_TOTAL: '; run the agency again with the file that holds all its bets',
  UNSUPPORTED_VERSION: '; run the agency and the central from versions that go together',
};
