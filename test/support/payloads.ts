import { ascii, concat, Noise, u16, u24, u32, u8 } from "./bytes.ts";
import { checksum, ethernetIp, ip, ipBytes } from "./packets.ts";

/** Builders of application payloads for fixtures and tests, written from the RFCs. They share nothing with src/. */

// ---- DNS, RFC 1035 ----

const DNS_A = 1;
const DNS_CNAME = 5;
const DNS_AAAA = 28;

/** A name as it lies in a message, not compressed. */
export function dnsName(name: string): Uint8Array {
  return concat(...name.split(".").map((label) => concat(u8(label.length), ascii(label))), u8(0));
}

export function dnsQuery(id: number, name: string, type: number = DNS_A): Uint8Array {
  return concat(u16(id), u16(0x0100), u16(1), u16(0), u16(0), u16(0), dnsName(name), u16(type), u16(1));
}

export interface DnsAnswer {
  readonly name: string;
  /** Names between the question and the addresses, in order. */
  readonly aliases?: readonly string[];
  readonly addresses: readonly string[];
  readonly timeToLive?: number;
}

/** A response with the question, a CNAME for each alias and an A or AAAA record for each address. */
export function dnsResponse(id: number, answer: DnsAnswer): Uint8Array {
  const chain = [answer.name, ...(answer.aliases ?? [])];
  const last = chain.at(-1) ?? answer.name;
  const type = answer.addresses[0]?.includes(":") === true ? DNS_AAAA : DNS_A;
  const seconds = u32(answer.timeToLive ?? 300);
  const record = (name: string, kind: number, data: Uint8Array): Uint8Array =>
    concat(dnsName(name), u16(kind), u16(1), seconds, u16(data.length), data);
  const aliases = chain.slice(1).map((alias, i) => record(chain[i] ?? "", DNS_CNAME, dnsName(alias)));
  const records = [...aliases, ...answer.addresses.map((address) => record(last, type, ipBytes(address)))];
  return concat(
    concat(u16(id), u16(0x8180), u16(1), u16(records.length), u16(0), u16(0)),
    concat(dnsName(answer.name), u16(type), u16(1)),
    ...records,
  );
}

// ---- TLS, RFC 5246 and RFC 8446 ----

function tlsRecord(type: number, version: number, body: Uint8Array): Uint8Array {
  return concat(u8(type), u16(version), u16(body.length), body);
}

function extension(type: number, body: Uint8Array): Uint8Array {
  return concat(u16(type), u16(body.length), body);
}

function vector16(body: Uint8Array): Uint8Array {
  return concat(u16(body.length), body);
}

function vector8(body: Uint8Array): Uint8Array {
  return concat(u8(body.length), body);
}

export interface ClientHelloOptions {
  /** Left out: a hello without server_name. */
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  readonly version?: "1.2" | "1.3";
  /** Makes the random bytes; the same seed makes the same hello. */
  readonly seed: number;
  /** A post-quantum key share (X25519MLKEM768, 1216 bytes), which needs more than one segment. */
  readonly postQuantum?: boolean;
}

/** One record with one ClientHello, with the extensions that browsers and Teams send. */
export function clientHello(options: ClientHelloOptions): Uint8Array {
  const noise = new Noise(options.seed);
  const random = noise.bytes(32);
  const session = noise.bytes(32);
  const modern = (options.version ?? "1.3") === "1.3";
  const suites = modern
    ? [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030]
    : [0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc024, 0xc023, 0xc028, 0xc027, 0x009d, 0x009c];
  const groups = [...(options.postQuantum === true ? [0x11ec] : []), 0x001d, 0x0017, 0x0018];
  const extensions: Uint8Array[] = [];
  if (options.serverName !== undefined)
    extensions.push(extension(0, vector16(concat(u8(0), vector16(ascii(options.serverName))))));
  extensions.push(extension(23, new Uint8Array(0)), extension(0xff01, u8(0)));
  extensions.push(extension(10, vector16(concat(...groups.map(u16)))));
  extensions.push(extension(11, vector8(u8(0))), extension(35, new Uint8Array(0)));
  const alpn = options.alpn ?? ["h2", "http/1.1"];
  if (alpn.length > 0)
    extensions.push(extension(16, vector16(concat(...alpn.map((name) => vector8(ascii(name)))))));
  extensions.push(
    extension(13, vector16(concat(...[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501].map(u16)))),
  );
  if (modern) {
    const shares = concat(
      options.postQuantum === true ? concat(u16(0x11ec), vector16(noise.bytes(1216))) : new Uint8Array(0),
      concat(u16(0x001d), vector16(noise.bytes(32))),
    );
    extensions.push(extension(43, vector8(concat(u16(0x0304), u16(0x0303)))));
    extensions.push(extension(45, vector8(u8(1))), extension(51, vector16(shares)));
  }
  const body = concat(
    concat(u16(0x0303), random, vector8(session)),
    vector16(concat(...suites.map(u16))),
    vector8(u8(0)),
    vector16(concat(...extensions)),
  );
  return tlsRecord(22, 0x0301, concat(u8(1), u24(body.length), body));
}

/**
 * What the server answers in its first flight: ServerHello, ChangeCipherSpec and one protected record.
 * With 1.2 it is a resumed session, so there is no certificate in clear either.
 */
export function serverHello(options: {
  readonly seed: number;
  readonly clientSeed: number;
  readonly version?: "1.2" | "1.3";
}): Uint8Array {
  const noise = new Noise(options.seed);
  const session = new Noise(options.clientSeed).bytes(64).subarray(32);
  const modern = (options.version ?? "1.3") === "1.3";
  const extensions = modern
    ? concat(extension(43, u16(0x0304)), extension(51, concat(u16(0x001d), vector16(noise.bytes(32)))))
    : concat(extension(23, new Uint8Array(0)), extension(0xff01, u8(0)));
  const body = concat(
    u16(0x0303),
    noise.bytes(32),
    vector8(session),
    u16(modern ? 0x1302 : 0xc030),
    u8(0),
    vector16(extensions),
  );
  return concat(
    tlsRecord(22, 0x0303, concat(u8(2), u24(body.length), body)),
    tlsRecord(20, 0x0303, u8(1)),
    modern ? tlsData(noise, 700) : tlsRecord(22, 0x0303, noise.bytes(40)),
  );
}

/** The client's last flight of the handshake: ChangeCipherSpec and its protected Finished. */
export function clientFinished(noise: Noise, version: "1.2" | "1.3" = "1.3"): Uint8Array {
  return concat(
    tlsRecord(20, 0x0303, u8(1)),
    version === "1.3" ? tlsData(noise, 53) : tlsRecord(22, 0x0303, noise.bytes(40)),
  );
}

/** One record of application data; its bytes are noise, as ciphertext is. */
export function tlsData(noise: Noise, length: number): Uint8Array {
  return tlsRecord(23, 0x0303, noise.bytes(length));
}

/** MS-TURN, section 2.1.1: the ClientHello of 50 bytes that opens pseudo-TLS; no name, no extension. */
export function pseudoTlsClientHello(noise: Noise): Uint8Array {
  return concat(u8(0x16, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, 1), noise.bytes(32), u8(0, 0, 2, 0, 0x18, 1, 0));
}

/** MS-TURN, section 2.1.1: the answer of 83 bytes, ServerHello and ServerHelloDone in one record. */
export function pseudoTlsServerHello(noise: Noise): Uint8Array {
  return concat(
    u8(0x16, 3, 1, 0, 0x4e, 2, 0, 0, 0x46, 3, 1),
    noise.bytes(32),
    vector8(noise.bytes(32)),
    u8(0, 0x18, 0, 0x0e, 0, 0, 0),
  );
}

// ---- HTTP/1.1, RFC 9112 ----

export function httpConnect(host: string, port: number = 443): Uint8Array {
  return ascii(
    `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\nProxy-Connection: keep-alive\r\n` +
      "User-Agent: Mozilla/5.0\r\n\r\n",
  );
}

export function httpConnected(): Uint8Array {
  return ascii("HTTP/1.1 200 Connection established\r\n\r\n");
}

/** OCSP over GET, RFC 6960 appendix A.1. */
export function ocspGet(host: string): Uint8Array {
  const request =
    "MFEwTzBNMEswSTAJBgUrDgMCGgUABBTk45WiKdPUwcMf8JgMC07ACYqr2AQUt2ui6qiqhIx56rTaD5iyxZV2ufQCEA";
  return ascii(
    `GET /${request} HTTP/1.1\r\nHost: ${host}\r\nConnection: Keep-Alive\r\nAccept: */*\r\n` +
      "User-Agent: Microsoft-CryptoAPI/10.0\r\n\r\n",
  );
}

export function httpResponse(type: string, body: Uint8Array): Uint8Array {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return concat(ascii(head), body);
}

// ---- SIP, RFC 3261, with SDP, RFC 8866 ----

export interface SipOptions {
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  readonly fromTag: string;
  /** Of answers and of requests inside the dialog. */
  readonly toTag?: string;
  readonly branch: string;
  /** Address and port that Via and Contact name. */
  readonly host: string;
  readonly transport?: "UDP" | "TCP" | "TLS";
  readonly sequence?: number;
  readonly userAgent?: string;
  readonly sdp?: string;
}

function sipMessage(start: string, method: string, options: SipOptions): Uint8Array {
  const body = options.sdp ?? "";
  const user = options.from.split("@")[0] ?? "";
  return ascii(
    [
      start,
      `Via: SIP/2.0/${options.transport ?? "UDP"} ${options.host};branch=z9hG4bK${options.branch}`,
      "Max-Forwards: 70",
      `From: <sip:${options.from}>;tag=${options.fromTag}`,
      `To: <sip:${options.to}>${options.toTag === undefined ? "" : `;tag=${options.toTag}`}`,
      `Call-ID: ${options.callId}`,
      `CSeq: ${options.sequence ?? 1} ${method}`,
      `Contact: <sip:${user}@${options.host}>`,
      ...(options.userAgent === undefined ? [] : [`User-Agent: ${options.userAgent}`]),
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n"),
  );
}

export function sipRequest(method: string, options: SipOptions): Uint8Array {
  return sipMessage(`${method} sip:${options.to} SIP/2.0`, method, options);
}

export function sipResponse(status: number, phrase: string, method: string, options: SipOptions): Uint8Array {
  return sipMessage(`SIP/2.0 ${status} ${phrase}`, method, options);
}

/** An audio session of G.711 with telephone events, as a gateway offers it. */
export function audioSdp(address: string, port: number, session: number): string {
  return [
    "v=0",
    `o=- ${session} 1 IN IP4 ${address}`,
    "s=session",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0 8 101`,
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=ptime:20",
    "a=sendrecv",
    "",
  ].join("\r\n");
}

// ---- SMTP, RFC 5321 ----

/** The lines of a session until STARTTLS, in turn: server, client, server, client, server. */
export function smtpStart(server: string, client: string): readonly Uint8Array[] {
  return [
    `220 ${server} ESMTP ready\r\n`,
    `EHLO ${client}\r\n`,
    `250-${server} Hello ${client}\r\n250-SIZE 37748736\r\n250-PIPELINING\r\n250 STARTTLS\r\n`,
    "STARTTLS\r\n",
    "220 2.0.0 SMTP server ready\r\n",
  ].map(ascii);
}

// ---- ICMP, RFC 792 ----

/** An error message that quotes the IPv4 header and 8 bytes of the packet it is about. */
export function icmpError(type: number, code: number, about: Uint8Array): Uint8Array {
  const quoted = concat(u32(0), about.subarray(0, 28));
  return concat(u8(type, code), u16(checksum(u8(type, code), u16(0), quoted)), quoted);
}

// ---- BGP-4, RFC 4271 ----

function bgpMessage(type: number, body: Uint8Array): Uint8Array {
  return concat(new Uint8Array(16).fill(0xff), u16(19 + body.length), u8(type), body);
}

export function bgpOpen(autonomousSystem: number, identifier: string): Uint8Array {
  return bgpMessage(1, concat(u8(4), u16(autonomousSystem), u16(180), ipBytes(identifier), u8(0)));
}

export function bgpKeepalive(): Uint8Array {
  return bgpMessage(4, new Uint8Array(0));
}

/** One UPDATE that announces IPv4 prefixes with communities (RFC 1997), each [AS, value]. */
export function bgpUpdate(options: {
  readonly autonomousSystem: number;
  readonly nextHop: string;
  readonly communities: readonly (readonly [number, number])[];
  readonly prefixes: readonly string[];
}): Uint8Array {
  const communities = concat(...options.communities.map(([high, low]) => concat(u16(high), u16(low))));
  const attributes = concat(
    u8(0x40, 1, 1, 0),
    concat(u8(0x40, 2, 4, 2, 1), u16(options.autonomousSystem)),
    concat(u8(0x40, 3, 4), ipBytes(options.nextHop)),
    concat(u8(0xc0, 8, communities.length), communities),
  );
  const prefixes = options.prefixes.map((text) => {
    const [address = "", length = "0"] = text.split("/");
    return concat(u8(Number(length)), ipBytes(address).subarray(0, Math.ceil(Number(length) / 8)));
  });
  return bgpMessage(2, concat(u16(0), u16(attributes.length), attributes, ...prefixes));
}

// ---- ERSPAN type II over GRE, RFC 2784, RFC 2890 and draft-foschiano-erspan ----

/** A mirrored frame on its way from a switch to the machine that captures. */
export function erspan(session: number, sequence: number, frame: Uint8Array): Uint8Array {
  const header = concat(u16(0x1000), u16(session & 0x3ff), u32(0));
  const gre = concat(u16(0x1000), u16(0x88be), u32(sequence), header, frame);
  const outer = {
    source: "10.0.0.1",
    destination: "10.0.9.9",
    protocol: 47,
    id: sequence & 0xffff,
    ttl: 255,
  };
  return ethernetIp({ source: "00:00:5e:00:53:a1", destination: "00:00:5e:00:53:a9" }, ip(outer, gre));
}
