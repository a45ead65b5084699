import type { Direction } from "../words.ts";
import type { HttpFlow } from "./http.ts";
import type { Recognition } from "./recognition.ts";
import type { TlsFlow } from "./tls-flow.ts";

/** What a TLS connection's hello and certificate said. */
export function tlsResult(tls: TlsFlow, firstPacket: number): Recognition {
  return {
    application: "tls",
    confidence: tls.confidence,
    rule: tls.rule,
    firstPacket,
    host: tls.host,
    hostSource: tls.hostSource,
    hostNote: tls.nameNote,
    ja4: tls.ja4,
    initiator: tls.initiator,
    identities: tls.identities,
    notes: tls.notes.length === 0 ? undefined : tls.notes,
  };
}

/** What the first request said; `tls` is what went through a proxy. */
export function httpResult(http: HttpFlow, tls: TlsFlow | undefined, firstPacket: number): Recognition {
  const inner = http.host === undefined ? tls : undefined;
  return {
    application: "http",
    confidence: "high",
    rule: http.connectTarget === undefined ? "http-start-line" : "http-connect",
    firstPacket,
    host: http.host ?? inner?.host,
    hostSource: http.host === undefined ? inner?.hostSource : "http",
    hostNote: http.nameNote,
    ja4: tls?.ja4,
    initiator: http.initiator,
    purpose: http.asksForStatus ? "certificate-status" : undefined,
    notes:
      http.connectTarget === undefined
        ? undefined
        : ["connection through a proxy: the host is the target of CONNECT"],
  };
}

/** A mail connection; `tls` is what began after STARTTLS. */
export function mailResult(
  client: Direction,
  greeting: string | undefined,
  tls: TlsFlow | undefined,
  firstPacket: number,
): Recognition {
  return {
    application: "smtp",
    confidence: "high",
    rule: tls === undefined ? "smtp-greeting" : "smtp-starttls",
    firstPacket,
    host: tls?.host,
    hostSource: tls?.hostSource,
    hostNote: tls?.nameNote,
    ja4: tls?.ja4,
    initiator: client,
    identities: tls?.identities,
    notes: greeting === undefined ? undefined : [`server greets as ${greeting}`],
  };
}
