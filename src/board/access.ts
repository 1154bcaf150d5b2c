/** Who may see what of the board. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Names by which a machine calls itself. */
const OWN_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a request is meant for this server. A page of another site whose name was made to resolve to
 * this address (DNS rebinding) sends the name of that site.
 *
 * @param host the header `Host`, with or without a port
 * @param allowed names beside those of the machine itself, in lower case
 */
export function isOwnHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  return OWN_HOSTS.includes(name) || allowed.includes(name);
}

/**
 * Whether a browser says that a page of another site makes this request. It could not read the answer, but
 * the central would work for it. To follow a link from another site is allowed.
 *
 * @param site the header `Sec-Fetch-Site`; undefined: no browser, or an old one
 * @param destination the header `Sec-Fetch-Dest`
 */
export function isOfOtherSite(site: string | undefined, destination: string | undefined): boolean {
  return (site === 'cross-site' || site === 'same-site') && destination !== 'document';
}

/**
 * Whether a request carries the board's token, compared in constant time.
 *
 * @param authorization the header `Authorization`
 * @param token null: the board has none, so that no request can carry it
 */
export function hasToken(authorization: string | undefined, token: string | null): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined || token === null) return false;
  return timingSafeEqual(digestOf(given), digestOf(token));
}

/** Of equal length, whatever the length of the text is. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
