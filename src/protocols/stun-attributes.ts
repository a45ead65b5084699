/** STUN attribute types that are read or that mean something (RFC 8489, 8656, 8445, 5780, 3489; MS-TURN, MS-ICE2). */
export const MAPPED_ADDRESS = 0x0001;
export const USERNAME = 0x0006;
export const MESSAGE_INTEGRITY = 0x0008;
export const ERROR_CODE = 0x0009;
export const LIFETIME = 0x000d;
export const MS_ALTERNATE_SERVER = 0x000e;
export const MS_MAGIC_COOKIE = 0x000f;
export const MS_DESTINATION_ADDRESS = 0x0011;
/** XOR-PEER-ADDRESS in RFC 8656; REMOTE-ADDRESS, not XORed, in MS-TURN. */
export const PEER_ADDRESS = 0x0012;
export const DATA = 0x0013;
export const XOR_RELAYED_ADDRESS = 0x0016;
export const XOR_MAPPED_ADDRESS = 0x0020;
export const PRIORITY = 0x0024;
export const USE_CANDIDATE = 0x0025;
export const MS_VERSION = 0x8008;
/** MS-TURN 2.2.2.16; old drafts of RFC 5389 used the same number for the same thing. */
export const MS_XOR_MAPPED_ADDRESS = 0x8020;
export const SOFTWARE = 0x8022;
export const ALTERNATE_SERVER = 0x8023;
export const FINGERPRINT = 0x8028;
export const ICE_CONTROLLED = 0x8029;
export const ICE_CONTROLLING = 0x802a;
export const RESPONSE_ORIGIN = 0x802b;
export const OTHER_ADDRESS = 0x802c;
export const MS_SERVICE_QUALITY = 0x8055;
export const MS_IMPLEMENTATION_VERSION = 0x8070;
export const MS_ALTERNATE_MAPPED_ADDRESS = 0x8090;
export const MS_MULTIPLEXED_SESSION = 0x8095;

/** Value of MS_MAGIC_COOKIE (MS-TURN 2.2.2.8). */
export const MS_MAGIC_COOKIE_VALUE = 0x72c64bc6;

/**
 * True for attributes that only Microsoft's clients and servers send: MS-TURN and MS-ICE2 ones, and three
 * undocumented ones that were seen in Teams and Skype traffic only. Numbers that others use too are left out.
 */
export function isMicrosoftAttribute(type: number): boolean {
  switch (type) {
    case 0x8006:
    case MS_VERSION:
    case 0x8033:
    case 0x8036:
    case 0x8037:
    case 0x8050: // MS-SEQUENCE-NUMBER
    case 0x8054: // CANDIDATE-IDENTIFIER
    case MS_SERVICE_QUALITY:
    case MS_IMPLEMENTATION_VERSION:
    case MS_MULTIPLEXED_SESSION:
      return true;
    default:
      return false;
  }
}
