/**
 * Authentication: which peer may act as which agency. No I/O. The session checks it before anything
 * else (docs/PROTOCOL.md, section 4.1).
 */
import { nodeCrypto } from '../../base/node-crypto';

/** Decides whether a peer has proved to be an agency: by a secret, by a certificate, or by both. */
export interface Identity {
  /**
   * @param token of INTRODUCE; empty when there is none
   * @param certifiedAgency the agency that the connection's certificate names; null when there is
   *   no certificate, or one that names no agency
   */
  mayBe(agency: number, token: Uint8Array, certifiedAgency: number | null): boolean;
}

/** No authentication: any peer may act as any agency. */
export class OpenIdentity implements Identity {
  mayBe(): boolean {
    return true;
  }
}

/** SHA-256 of a token. */
export function digestOf(token: Uint8Array): Buffer {
  return nodeCrypto().createHash('sha256').update(token).digest();
}

/** Each agency has a secret, of which the digest is known. */
export class SecretIdentity implements Identity {
  /** Stands in for the digest of an agency that does not exist; no token is known to lead to it. */
  private readonly nobody = nodeCrypto().randomBytes(32);

  /** @param digests SHA-256 of the token, by the number of its agency */
  constructor(private readonly digests: ReadonlyMap<number, Buffer>) {}

  mayBe(agency: number, token: Uint8Array): boolean {
    const digest = this.digests.get(agency);
    // Compared for unknown agencies, too: the time must not reveal which ones exist.
    const equal = nodeCrypto().timingSafeEqual(digestOf(token), digest ?? this.nobody);
    return equal && digest !== undefined;
  }
}

/** A connection authenticates as the agency that its certificate names, and as no other. */
export class CertificateIdentity implements Identity {
  mayBe(agency: number, _token: Uint8Array, certifiedAgency: number | null): boolean {
    return certifiedAgency === agency;
  }
}

/** Several proofs, all of which must agree. */
export class CombinedIdentity implements Identity {
  constructor(private readonly identities: readonly Identity[]) {}

  mayBe(agency: number, token: Uint8Array, certifiedAgency: number | null): boolean {
    return this.identities.every((identity) => identity.mayBe(agency, token, certifiedAgency));
  }
}

/**
 * The agency that a certificate is for.
 *
 * @param commonName of its subject, `agency-3`; undefined when there is no certificate
 */
export function certifiedAgency(commonName: string | undefined): number | null {
  const digits = /^agency-([1-9]\d{0,4})$/.exec(commonName ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
