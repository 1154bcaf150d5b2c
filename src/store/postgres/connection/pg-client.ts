/** The client library, a bundle of its own: whoever keeps bets in files does not read it. */
export { Client } from 'pg';
