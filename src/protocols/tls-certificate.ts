import { hostNameOf } from "./host-name.ts";
import { nodeCrypto } from "./node-crypto.ts";

/** Names of a server's certificate that are told in a note. */
const MOST_NAMES_TOLD = 8;

export interface CertificateNames {
  /**
   * The name that stands for the server: the common name when it is one of the names, else the first name without a
   * wildcard, else the first one, whose wildcard is kept ("*.example.com"). Undefined when there is none.
   */
  readonly best: string | undefined;
  /** Names in lower case in the order of the certificate, bounded; wildcards keep their asterisk. */
  readonly names: readonly string[];
}

/**
 * Names of the first certificate in the body of a Certificate message up to TLS 1.2 (RFC 5246, section 7.4.2):
 * dNSName of the subject alternative names, then the common name. Undefined when it cannot be read.
 */
export function certificateNames(view: DataView, start: number, end: number): CertificateNames | undefined {
  if (end - start < 6) return undefined;
  const length = (view.getUint8(start + 3) << 16) | view.getUint16(start + 4);
  if (length === 0 || start + 6 + length > end) return undefined;
  const der = new Uint8Array(view.buffer, view.byteOffset + start + 6, length);
  try {
    const { X509Certificate } = nodeCrypto();
    const certificate = new X509Certificate(der);
    return chooseName(certificate.subjectAltName ?? "", certificate.subject);
  } catch {
    return undefined; // not a certificate that OpenSSL reads: the server then has no name from here
  }
}

/** Node writes the alternative names as "DNS:a, DNS:b, IP Address:c", quoted where they hold odd bytes. */
function chooseName(alternatives: string, subject: string): CertificateNames {
  const names: string[] = [];
  for (const part of alternatives.split(", ")) {
    if (!part.startsWith("DNS:")) continue;
    const name = certificateName(part.slice(4));
    if (name !== undefined && !names.includes(name)) names.push(name);
    if (names.length === MOST_NAMES_TOLD * 8) break;
  }
  const commonLine = subject.split("\n").findLast((line) => line.startsWith("CN="));
  const common = commonLine === undefined ? undefined : certificateName(commonLine.slice(3));
  if (names.length === 0 && common !== undefined) names.push(common);
  const plain = (name: string): boolean => !name.startsWith("*");
  const best =
    common !== undefined && plain(common) && names.includes(common)
      ? common
      : (names.find(plain) ?? names[0]);
  return { best, names };
}

/** A host name, or one behind a wildcard label. */
function certificateName(text: string): string | undefined {
  if (!text.startsWith("*.")) return dotted(hostNameOf(text));
  const rest = dotted(hostNameOf(text.slice(2)));
  return rest === undefined ? undefined : `*.${rest}`;
}

/** A common name without a dot ("Server", "localhost-ca") names a thing, not a host. */
function dotted(name: string | undefined): string | undefined {
  return name?.includes(".") === true ? name : undefined;
}

/** The names as one short text. */
export function namesText(names: readonly string[]): string {
  const told = names.slice(0, MOST_NAMES_TOLD).join(", ");
  return names.length > MOST_NAMES_TOLD ? `${told} and ${names.length - MOST_NAMES_TOLD} more` : told;
}
