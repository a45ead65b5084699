import * as attribute from "./stun-attributes.ts";

/** What the attributes of a STUN or TURN message said. Offsets are into its view, -1: absent. */
export class StunSaid {
  /** How many there were. */
  attributes = 0;
  /** An attribute that only Microsoft's software sends was there. */
  microsoft = false;
  mappedAt = -1;
  xorMappedAt = -1;
  msXorMappedAt = -1;
  relayedAt = -1;
  alternateAt = -1;
  peerAt = -1;
  destinationAt = -1;
  originAt = -1;
  alternateMappedAt = -1;
  dataAt = -1;
  dataLength = 0;
  usernameAt = -1;
  usernameLength = 0;
  softwareAt = -1;
  softwareLength = 0;
  fingerprintAt = -1;
  hasPriority = false;
  useCandidate = false;
  /** LIFETIME in seconds, or -1. */
  lifetime = -1;
  /** 300 to 699, or 0. */
  errorCode = 0;
  /** Stream type of MS-SERVICE-QUALITY: 1 audio, 2 video, 3 supplemental video, 4 data, or 0. */
  serviceStream = 0;
  /** MS-VERSION, or 0. */
  msVersion = 0;
  multiplexedSessionAt = -1;
  /** All of them are RFC 3489's, or may be left unread. */
  isClassic = true;

  /** Forgets those of the message before. */
  reset(): void {
    this.attributes = 0;
    this.microsoft = false;
    this.mappedAt = this.xorMappedAt = this.msXorMappedAt = this.relayedAt = this.alternateAt = -1;
    this.peerAt = this.destinationAt = this.originAt = this.alternateMappedAt = -1;
    this.dataAt = this.usernameAt = this.softwareAt = this.fingerprintAt = this.multiplexedSessionAt = -1;
    this.dataLength = this.usernameLength = this.softwareLength = 0;
    this.hasPriority = this.useCandidate = false;
    this.lifetime = -1;
    this.errorCode = this.serviceStream = this.msVersion = 0;
    this.isClassic = true;
  }

  /** Takes one in whose value of `length` bytes starts at `at`. */
  take(view: DataView, type: number, at: number, length: number): void {
    if (!isClassicAttribute(type)) this.isClassic = false;
    const isAddress = (length === 8 || length === 20) && isAddressOf(view, at, length);
    if (!isAddress || !this.#takeAddress(type, at)) this.#takeValue(view, type, at, length);
    if (attribute.isMicrosoftAttribute(type)) this.microsoft = true;
  }

  /** False for a type that is no address. */
  #takeAddress(type: number, at: number): boolean {
    switch (type) {
      case attribute.MAPPED_ADDRESS:
        this.mappedAt = at;
        return true;
      case attribute.XOR_MAPPED_ADDRESS:
        this.xorMappedAt = at;
        return true;
      case attribute.MS_XOR_MAPPED_ADDRESS:
        this.msXorMappedAt = at;
        return true;
      case attribute.XOR_RELAYED_ADDRESS:
        this.relayedAt = at;
        return true;
      case attribute.MS_ALTERNATE_SERVER:
      case attribute.ALTERNATE_SERVER:
        this.alternateAt = at;
        return true;
      case attribute.PEER_ADDRESS:
        this.peerAt = at;
        return true;
      case attribute.MS_DESTINATION_ADDRESS:
        this.destinationAt = at;
        return true;
      case attribute.RESPONSE_ORIGIN:
        this.originAt = at;
        return true;
      case attribute.MS_ALTERNATE_MAPPED_ADDRESS:
        this.alternateMappedAt = at;
        return true;
      default:
        return false;
    }
  }

  #takeValue(view: DataView, type: number, at: number, length: number): void {
    switch (type) {
      case attribute.DATA:
        this.dataAt = at;
        this.dataLength = length;
        return;
      case attribute.USERNAME:
        this.usernameAt = at;
        this.usernameLength = length;
        return;
      case attribute.SOFTWARE:
        this.softwareAt = at;
        this.softwareLength = length;
        return;
      case attribute.FINGERPRINT:
        if (length === 4) this.fingerprintAt = at;
        return;
      case attribute.PRIORITY:
        this.hasPriority = true;
        return;
      case attribute.USE_CANDIDATE:
        this.useCandidate = true;
        return;
      case attribute.LIFETIME:
        if (length === 4) this.lifetime = view.getUint32(at);
        return;
      case attribute.ERROR_CODE:
        if (length >= 4) this.errorCode = (view.getUint8(at + 2) & 7) * 100 + view.getUint8(at + 3);
        return;
      case attribute.MS_VERSION:
        if (length === 4) this.msVersion = view.getUint32(at);
        return;
      case attribute.MS_SERVICE_QUALITY:
        if (length === 4) this.serviceStream = view.getUint16(at);
        return;
      case attribute.MS_MULTIPLEXED_SESSION:
        if (length === 8) this.multiplexedSessionAt = at;
        return;
      default:
    }
  }
}

function isAddressOf(view: DataView, at: number, length: number): boolean {
  return view.getUint8(at + 1) === (length === 8 ? 1 : 2);
}

function isClassicAttribute(type: number): boolean {
  return (
    (type >= 0x0001 && type <= 0x000b) || type === 0x20 || type === 0x24 || type === 0x25 || type >= 0x8000
  );
}
