/** Certificates for tests, made on the spot; no `openssl` is needed. */
import 'reflect-metadata';
import { webcrypto, X509Certificate as ParsedCertificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
  type Extension,
  type X509Certificate,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Days from now on at which the certificate expires; negative: it has. */
  readonly days?: number;
  /** DNS names and IP addresses of a server; none: a client's certificate. */
  readonly names?: readonly string[];
}

/** An authority of certificates, whose files are all in one directory. */
export class Authority {
  /** Path of the authority's own certificate. */
  readonly caFile: string;
  private issued = 0;

  private constructor(
    private readonly directory: string,
    private readonly certificate: X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
  ) {
    this.caFile = join(directory, 'ca.pem');
    writeFileSync(this.caFile, certificate.toString('pem'));
  }

  static async create(directory: string, name = 'test authority'): Promise<Authority> {
    const keys = await makeKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(Date.now() - 100 * DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(directory, certificate, keys);
  }

  /** Signs a certificate for a new key. @param subject as in `CN=agency-3` */
  async issue(subject: string, options: IssueOptions = {}): Promise<CertificateFiles> {
    const keys = await makeKeys();
    const { days = 1, names = [] } = options;
    const usage = names.length > 0 ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
    const extensions: Extension[] = [new ExtendedKeyUsageExtension([usage])];
    if (names.length > 0) {
      extensions.push(
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
        ),
      );
    }
    const certificate = await X509CertificateGenerator.create({
      subject,
      issuer: this.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(Date.now() - 50 * DAY_MS),
      notAfter: new Date(Date.now() + days * DAY_MS),
      extensions,
    });
    const stem = join(this.directory, `issued-${String(++this.issued)}`);
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    writeFileSync(`${stem}.pem`, certificate.toString('pem'));
    writeFileSync(`${stem}.key`, PemConverter.encode(pkcs8, 'PRIVATE KEY'), { mode: 0o600 });
    return { cert: `${stem}.pem`, key: `${stem}.key` };
  }

  /**
   * Signs a list of certificates that are no longer good.
   *
   * @param days from now on until a newer list is due; negative: one is overdue
   * @returns the path of the list
   */
  async revoke(certificates: readonly CertificateFiles[], days = 1): Promise<string> {
    const list = await X509CrlGenerator.create({
      issuer: this.certificate.subject,
      signingKey: this.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      thisUpdate: new Date(Date.now() - 50 * DAY_MS),
      nextUpdate: new Date(Date.now() + days * DAY_MS),
      entries: certificates.map(({ cert }) => ({
        serialNumber: new ParsedCertificate(readFileSync(cert)).serialNumber,
        revocationDate: new Date(),
      })),
    });
    const path = join(this.directory, `revoked-${String(++this.issued)}.pem`);
    writeFileSync(path, PemConverter.encode(list.rawData, 'X509 CRL'));
    return path;
  }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
