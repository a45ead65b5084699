/**
 * Values that others published, section by section: STUN (RFC 5769), MS-TURN and demultiplexing (examples made from the
 * documents), QUIC (RFC 9001 and 9369, appendix A), Community ID (the specification's baseline), JA4 (FoxIO's published
 * values, with the lists that each hello had), E-model.
 */

/** RFC 5769, sections 2.1 to 2.4. */
export const RFC_5769 = {
  request:
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf",
  ipv4Response:
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
  ipv6Response:
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
  longTermRequest:
    "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666",
} as const;

/** Messages and frames after MS-TURN's text: attributes are not padded. */
export const MS_TURN = {
  allocateRequest:
    "000300202112a442000102030405060708090a0b000f000472c64bc680080004000000060010000400002ee08055000400010000",
  allocateError:
    "011300572112a442000102030405060708090a0b000f000472c64bc680080004000000060009001100000401556e617574686f72697a65642e0015000a227274636d65646961220014001400112233445566778899aabbccddeeff00112233000e000800010d96c6336407",
  allocateResponse:
    "010300702112a442000102030405060708090a0b000f000472c64bc6000d00040000003c000100080001c3cbc63364078008000400000006802000080001e244e112a64880500018aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0000000100080020bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  sendRequest:
    "000400882112a442000102030405060708090a0b000f000472c64bc680080004000000060011000800013fcccb00710900130068000100542112a442000102030405060708090a0b00060009616263643a7778797a000000002400046efffeff802a000800112233445566778054000131000000807000040000000300080014ae53f432140b1b3ded0c429da6993f431978e62480280004ef7eb3e9",
  dataIndication:
    "01150060c2d6764f53f1d813305855947dbe126b000f000472c64bc60012000800013fcccb00710900130048010100342112a442000102030405060708090a0b002000080001e244e112a648807000040000000300080014fd9c7bb56576a3b28e1877489cc3a27fe3d469c58028000413d3a957",
  multiplexed:
    "ff1000507f20c4dd4f848dfa010100342112a442000102030405060708090a0b002000080001e244e112a648807000040000000300080014fd9c7bb56576a3b28e1877489cc3a27fe3d469c58028000413d3a957",
  tcpFrames:
    "02000034000300202112a442000102030405060708090a0b000f000472c64bc680080004000000060010000400002ee080550004000100000300002200208068123400000140deadbeef5555555555555555555555555555555555555555",
  pseudoTlsClient:
    "160301002d0100002903015e0be1000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c00000200180100",
  pseudoTlsServer:
    "160301004e0200004603015e0be100010101010101010101010101010101010101010101010101010101012002020202020202020202020202020202020202020202020202020202020202020018000e000000",
} as const;

/** One datagram of each kind that may share a 5-tuple. */
export const DEMUX = {
  stun: "000100542112a442000102030405060708090a0b00060009616263643a7778797a000000002400046efffeff802a000800112233445566778054000131000000807000040000000300080014ae53f432140b1b3ded0c429da6993f431978e62480280004ef7eb3e9",
  channelData: "400100208068123400000140deadbeef5555555555555555555555555555555555555555",
  rtp: "8068123400000140deadbeef5555555555555555555555555555555555555555",
  srtcp: "80c90005000003e85a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a8000000101cccccccccccccccccccc",
  dtls: "16fefd0000000000000000002a010000000000000000000000000000000000000000000000000000000000000000000000000000000000",
  quicPrefix: "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
} as const;

/** RFC 9001, appendix A.1 to A.3. */
export const RFC_9001 = {
  connectionId: "8394c8f03e515708",
  key: "1f369613dd76d5467730efcbe3b1a22d",
  iv: "fa044b2f42a3fd3b46fb255c",
  headerProtection: "9f50449e04a0e810283a1e9933adedd2",
  clientInitial:
    "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c0bab7df5976d27cd449f63300099f3991c260ec4c60d17b31f8429157bb35a1282a643a8d2262cad67500cadb8e7378c8eb7539ec4d4905fed1bee1fc8aafba17c750e2c7ace01e6005f80fcb7df621230c83711b39343fa028cea7f7fb5ff89eac2308249a02252155e2347b63d58c5457afd84d05dfffdb20392844ae812154682e9cf012f9021a6f0be17ddd0c2084dce25ff9b06cde535d0f920a2db1bf362c23e596d11a4f5a6cf3948838a3aec4e15daf8500a6ef69ec4e3feb6b1d98e610ac8b7ec3faf6ad760b7bad1db4ba3485e8a94dc250ae3fdb41ed15fb6a8e5eba0fc3dd60bc8e30c5c4287e53805db059ae0648db2f64264ed5e39be2e20d82df566da8dd5998ccabdae053060ae6c7b4378e846d29f37ed7b4ea9ec5d82e7961b7f25a9323851f681d582363aa5f89937f5a67258bf63ad6f1a0b1d96dbd4faddfcefc5266ba6611722395c906556be52afe3f565636ad1b17d508b73d8743eeb524be22b3dcbc2c7468d54119c7468449a13d8e3b95811a198f3491de3e7fe942b330407abf82a4ed7c1b311663ac69890f4157015853d91e923037c227a33cdd5ec281ca3f79c44546b9d90ca00f064c99e3dd97911d39fe9c5d0b23a229a234cb36186c4819e8b9c5927726632291d6a418211cc2962e20fe47feb3edf330f2c603a9d48c0fcb5699dbfe5896425c5bac4aee82e57a85aaf4e2513e4f05796b07ba2ee47d80506f8d2c25e50fd14de71e6c418559302f939b0e1abd576f279c4b2e0feb85c1f28ff18f58891ffef132eef2fa09346aee33c28eb130ff28f5b766953334113211996d20011a198e3fc433f9f2541010ae17c1bf202580f6047472fb36857fe843b19f5984009ddc324044e847a4f4a0ab34f719595de37252d6235365e9b84392b061085349d73203a4a13e96f5432ec0fd4a1ee65accdd5e3904df54c1da510b0ff20dcc0c77fcb2c0e0eb605cb0504db87632cf3d8b4dae6e705769d1de354270123cb11450efc60ac47683d7b8d0f811365565fd98c4c8eb936bcab8d069fc33bd801b03adea2e1fbc5aa463d08ca19896d2bf59a071b851e6c239052172f296bfb5e72404790a2181014f3b94a4e97d117b438130368cc39dbb2d198065ae3986547926cd2162f40a29f0c3c8745c0f50fba3852e566d44575c29d39a03f0cda721984b6f440591f355e12d439ff150aab7613499dbd49adabc8676eef023b15b65bfc5ca06948109f23f350db82123535eb8a7433bdabcb909271a6ecbcb58b936a88cd4e8f2e6ff5800175f113253d8fa9ca8885c2f552e657dc603f252e1a8e308f76f0be79e2fb8f5d5fbbe2e30ecadd220723c8c0aea8078cdfcb3868263ff8f0940054da48781893a7e49ad5aff4af300cd804a6b6279ab3ff3afb64491c85194aab760d58a606654f9f4400e8b38591356fbf6425aca26dc85244259ff2b19c41b9f96f3ca9ec1dde434da7d2d392b905ddf3d1f9af93d1af5950bd493f5aa731b4056df31bd267b6b90a079831aaf579be0a39013137aac6d404f518cfd46840647e78bfe706ca4cf5e9c5453e9f7cfd2b8b4c8d169a44e55c88d4a9a7f9474241e221af44860018ab0856972e194cd934",
  serverName: "example.com",
  serverInitial:
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
} as const;

/** RFC 9369, appendix A.1: the keys of version 2 for the same connection id. */
export const RFC_9369 = {
  connectionId: "8394c8f03e515708",
  key: "8b1a0bc121284290a29e0971b5cd045d",
  iv: "91f73e2351d8fa91660e909f",
  headerProtection: "45b95e15235d6f45a6b19cbcb0294ba9",
} as const;

/** Protocol, addresses, ports (type and code of ICMP; none: zero), the ids with seed 0 and seed 1. */
export type CommunityIdVector = readonly [number, string, string, number, number, string, string];

export const COMMUNITY_IDS: readonly CommunityIdVector[] = [
  [
    58,
    "fe80::200:86ff:fe05:80da",
    "fe80::260:97ff:fe07:69ea",
    135,
    136,
    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
    "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=",
  ],
  [
    58,
    "fe80::260:97ff:fe07:69ea",
    "fe80::200:86ff:fe05:80da",
    136,
    135,
    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
    "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=",
  ],
  [
    58,
    "fe80::260:97ff:fe07:69ea",
    "fe80::200:86ff:fe05:80da",
    135,
    136,
    "1:zavyT/cezQr1fmImYCwYnMXbgck=",
    "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=",
  ],
  [
    58,
    "fe80::200:86ff:fe05:80da",
    "fe80::260:97ff:fe07:69ea",
    136,
    135,
    "1:zavyT/cezQr1fmImYCwYnMXbgck=",
    "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=",
  ],
  [
    58,
    "3ffe:501:1800:2345::2",
    "3ffe:507:0:1:200:86ff:fe05:80da",
    3,
    0,
    "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=",
    "1:lVEtCZpYu84Xqaa++3lXFyuu2n4=",
  ],
  [
    58,
    "3ffe:501:410:0:2c0:dfff:fe47:33e",
    "3ffe:507:0:1:200:86ff:fe05:80da",
    1,
    4,
    "1:hLZd0XGWojozrvxqE0dWB1iM6R0=",
    "1:W8MHwXpWzpoSTD+cGcaJr4u0ys8=",
  ],
  [
    58,
    "3ffe:507:0:1:200:86ff:fe05:80da",
    "3ffe:501:0:1001::2",
    128,
    129,
    "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=",
    "1:GfZxjAkDk2MkegpBYHV6tadtFXQ=",
  ],
  [
    58,
    "3ffe:501:0:1001::2",
    "3ffe:507:0:1:200:86ff:fe05:80da",
    129,
    128,
    "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=",
    "1:GfZxjAkDk2MkegpBYHV6tadtFXQ=",
  ],
  [
    58,
    "fe80::200:86ff:fe05:80da",
    "ff02::2",
    133,
    134,
    "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=",
    "1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8=",
  ],
  [
    58,
    "fe80::260:97ff:fe07:69ea",
    "ff02::1",
    134,
    133,
    "1:pkvHqCL88/tg1k4cPigmZXUtL00=",
    "1:K/ee5UCqAMAQXDorP5nSa2CGLjc=",
  ],
  [
    1,
    "192.168.0.89",
    "192.168.0.1",
    8,
    0,
    "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
    "1:03g6IloqVBdcZlPyX8r0hgoE7kA=",
  ],
  [
    1,
    "192.168.0.1",
    "192.168.0.89",
    0,
    8,
    "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
    "1:03g6IloqVBdcZlPyX8r0hgoE7kA=",
  ],
  [1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM=", "1:XjUibYHaafLQ3pxQeiMI8g25q20="],
  [
    6,
    "2001:470:e5bf:dead:4957:2174:e82c:4887",
    "2607:f8b0:400c:c03::1a",
    63943,
    25,
    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    "1:eJYTW6AOzFLlSUoESovMjnu7rMw=",
  ],
  [
    6,
    "2607:f8b0:400c:c03::1a",
    "2001:470:e5bf:dead:4957:2174:e82c:4887",
    25,
    63943,
    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    "1:eJYTW6AOzFLlSUoESovMjnu7rMw=",
  ],
  [
    132,
    "192.168.170.8",
    "192.168.170.56",
    7,
    7,
    "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=",
    "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=",
  ],
  [
    132,
    "192.168.170.56",
    "192.168.170.8",
    7,
    7,
    "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=",
    "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=",
  ],
  [
    6,
    "128.232.110.120",
    "66.35.250.204",
    34855,
    80,
    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "1:3V71V58M3Ksw/yuFALMcW0LAHvc=",
  ],
  [
    6,
    "66.35.250.204",
    "128.232.110.120",
    80,
    34855,
    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "1:3V71V58M3Ksw/yuFALMcW0LAHvc=",
  ],
  [
    17,
    "192.168.1.52",
    "8.8.8.8",
    54585,
    53,
    "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
    "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=",
  ],
  [
    17,
    "8.8.8.8",
    "192.168.1.52",
    53,
    54585,
    "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
    "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=",
  ],
  [46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="],
  [46, "10.1.12.2", "10.1.12.1", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="],
];

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

/** One-way delay in ms, loss in percent, Ie, Bpl; R and MOS (ITU-T G.107, reduced). */
export const E_MODEL: readonly (readonly [number, number, number, number, number, number])[] = [
  [0, 0, 0, 4.3, 93.2, 4.4093],
  [20, 0, 0, 4.3, 92.72, 4.3998],
  [150, 0, 0, 4.3, 89.6, 4.3291],
  [200, 0, 0, 4.3, 85.903, 4.2262],
  [20, 1, 0, 4.3, 74.7955, 3.8131],
  [20, 1, 0, 25.1, 89.0802, 4.3158],
  [20, 5, 0, 25.1, 76.9393, 3.9033],
  [400, 5, 0, 25.1, 43.3223, 2.2296],
  [50, 2, 11, 19, 73, 3.7344],
];

/** RFC 3550, A.8, worked out: arrivals in ms, time stamps at 8000 Hz, jitter in ms after each packet. */
export const JITTER = {
  clock: 8000,
  arrivalsMs: [0, 20, 45, 60, 85, 100, 120, 170, 180, 200],
  timestamps: [0, 160, 320, 480, 640, 800, 960, 1120, 1280, 1440],
  jitterMs: [0, 0, 0.3125, 0.605469, 0.880127, 1.137619, 1.066518, 2.87486, 3.320182, 3.11267],
  finalTicks: 24.901363,
} as const;

/** RFC 3550, A.1 and A.3: wrap at 65535 with 0 and 4 missing, 3 twice, 5 after 6. */
export const LOSS = {
  sequences: [65533, 65534, 65535, 1, 2, 3, 3, 6, 5],
  base: 65533,
  highest: 65542,
  expected: 10,
  lostByRfc3550: 1,
  unique: 8,
  lost: 2,
  duplicates: 1,
  reordered: 1,
} as const;
