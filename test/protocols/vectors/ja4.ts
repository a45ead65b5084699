/** FoxIO's published values of JA4, with the lists that each hello had. */

/** What of a ClientHello JA4 reads: lists as hex of their two-byte members, as sent, GREASE included. */
export interface Ja4Vector {
  readonly ja4: string;
  readonly transport: "t" | "q";
  readonly serverName: string;
  readonly legacyVersion: string;
  readonly ciphers: string;
  readonly extensions: string;
  readonly signatureAlgorithms: string;
  readonly supportedVersions: string;
  /** Each name in hex: one of them is not ASCII. */
  readonly alpn: readonly string[];
}

export const JA4: readonly Ja4Vector[] = [
  {
    ja4: "t13d1516h2_8daaf6152771_e5627efa2ab1",
    transport: "t",
    serverName: "clientservices.googleapis.com",
    legacyVersion: "0303",
    ciphers: "aaaa130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035",
    extensions: "9a9aff010033002d00054469000d00100023001b002b00000012000a0017000b6a6a0015",
    signatureAlgorithms: "04030804040105030805050108060601",
    supportedVersions: "0a0a03040303",
    alpn: ["6832", "687474702f312e31"],
  },
  {
    ja4: "t13d1516h1_8daaf6152771_e5627efa2ab1",
    transport: "t",
    serverName: "lp-push-server-452.lastpass.com",
    legacyVersion: "0303",
    ciphers: "4a4a130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035",
    extensions: "aaaa000d00330000ff01002b0023002d00050012000b001744690010001b000a1a1a0015",
    signatureAlgorithms: "04030804040105030805050108060601",
    supportedVersions: "aaaa03040303",
    alpn: ["687474702f312e31"],
  },
  {
    ja4: "t13d151400_8daaf6152771_de4a06bb82e3",
    transport: "t",
    serverName: "mtalk.google.com",
    legacyVersion: "0303",
    ciphers: "aaaa130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035",
    extensions: "1a1a0033002b001b00000012002d000d000a000500230017ff01000bcaca0015",
    signatureAlgorithms: "04030804040105030805050108060601",
    supportedVersions: "9a9a03040303",
    alpn: [],
  },
  {
    ja4: "t13d1517h1_8daaf6152771_6cdcb247c39b",
    transport: "t",
    serverName: "edge-chat.facebook.com",
    legacyVersion: "0303",
    ciphers: "baba130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035",
    extensions: "eaea000000170005002b00120023000a00330010002d001b4469000b000dff01fafa00150029",
    signatureAlgorithms: "04030804040105030805050108060601",
    supportedVersions: "eaea03040303",
    alpn: ["687474702f312e31"],
  },
  {
    ja4: "t12d4605h2_85626a9a5f7f_aaf95bb78ec9",
    transport: "t",
    serverName: "www.cloudflare.com",
    legacyVersion: "0303",
    ciphers:
      "c030c02cc028c024c014c00a009f006b0039cca9cca8ccaaff8500c400880081009d003d003500c00084c02fc02bc027c023c013c009009e0067003300be0045009c003c002f00ba0041c011c00700050004c012c0080016000a00ff",
    extensions: "0000000b000a000d0010",
    signatureAlgorithms: "06010603efef0501050304010403eeeeeded0301030302010203",
    supportedVersions: "",
    alpn: ["6832", "687474702f312e31"],
  },
  {
    ja4: "t13d1715h2_5b57614c22b0_3d5424432f57",
    transport: "t",
    serverName: "contile.services.mozilla.com",
    legacyVersion: "0303",
    ciphers: "130113031302c02bc02fcca9cca8c02cc030c00ac009c013c014009c009d002f0035",
    extensions: "00000017ff01000a000b00230010000500220033002b000d002d001c0015",
    signatureAlgorithms: "04030503060308040805080604010501060102030201",
    supportedVersions: "03040303",
    alpn: ["6832", "687474702f312e31"],
  },
  {
    ja4: "t13d1516h2_8daaf6152771_9b887d9acb53",
    transport: "t",
    serverName: "rsms.me",
    legacyVersion: "0303",
    ciphers: "0a0a130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035",
    extensions: "4a4a001b000a44690023002b0033000d000bff01002d00000017000500100012aaaa0029",
    signatureAlgorithms: "04030804040105030805050108060601",
    supportedVersions: "1a1a03040303",
    alpn: ["6832", "687474702f312e31"],
  },
  {
    ja4: "t13d1615h2_46e7e9700bed_45f260be83e2",
    transport: "t",
    serverName: "bad.curveballtest.com",
    legacyVersion: "0303",
    ciphers: "aaaa130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035000a",
    extensions: "4a4a00000017ff01000a000b002300100005000d00120033002d002b001b7a7a0015",
    signatureAlgorithms: "040308040401050308050501080606010201",
    supportedVersions: "2a2a0304030303020301",
    alpn: ["6832", "687474702f312e31"],
  },
  {
    ja4: "t10d230100_6a57a6f57151_000000000000",
    transport: "t",
    serverName: "www.github.com",
    legacyVersion: "0301",
    ciphers: "00390038003500160013000a00330032002f009a00990096000500040015001200090014001100080006000300ff",
    extensions: "0000",
    signatureAlgorithms: "",
    supportedVersions: "",
    alpn: [],
  },
  {
    ja4: "t12d190800_d83cc789557e_7af1ed941c26",
    transport: "t",
    serverName: "discovery.cem.cloud.us",
    legacyVersion: "0303",
    ciphers: "c02cc02bc030c02fc024c023c028c027c00ac009c014c013009d009c003d003c0035002f000a",
    extensions: "00000005000a000b000d00230017ff01",
    signatureAlgorithms: "080408050806040105010201040305030203020206010603",
    supportedVersions: "",
    alpn: [],
  },
  {
    // FoxIO's programs print t13d151699_...; the written specification says the hex digits.
    ja4: "t13d1516bd_8daaf6152771_e5627efa2ab1",
    transport: "t",
    serverName: "clientservices.googleapis.com",
    legacyVersion: "0303",
    ciphers: "aaaa130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035",
    extensions: "9a9aff010033002d00054469000d00100023001b002b00000012000a0017000b6a6a0015",
    signatureAlgorithms: "04030804040105030805050108060601",
    supportedVersions: "0a0a03040303",
    alpn: ["baad", "687474702f312e31"],
  },
  {
    ja4: "q13d0310h3_55b375c5d22e_cd85d2d88918",
    transport: "q",
    serverName: "www.google.com",
    legacyVersion: "0303",
    ciphers: "130113021303",
    extensions: "002d001b4469000d002b0000000a003900100033",
    signatureAlgorithms: "040308040401050308050501080606010201",
    supportedVersions: "0304",
    alpn: ["6833"],
  },
];
