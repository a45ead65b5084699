/** Leads the connection id of packets that only may be QUIC: another leg's handshake has to know it. */
export const LATER_QUIC = "quic-later:";

/** An identity as the leg has it that saw the beginning. */
export function commonIdentity(identity: string): string {
  return identity.startsWith(LATER_QUIC) ? `quic:${identity.slice(LATER_QUIC.length)}` : identity;
}

/** 32 bits of an identity (`Recognition.identities`), to tell which may be equal, of those that `commonIdentity` gives: FNV-1a over its characters. */
export function identityKey(text: string): number {
  let hash = SEED;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
}

/** Takes the keys of a flow: `identityKey` of its identities, and the SSRCs of its streams. */
export interface KeySink {
  add(key: number): void;
}

/** Takes the keys of a flow's legs. Those by which only answers are found that were captured alone come apart. */
export interface LegKeySink extends KeySink {
  /** `isAlone`: the flow is known by nothing else. */
  addAnswer(key: number, isAlone: boolean): void;
}

/** As `identityKey("stun:...")` of a transaction id whose words are told one after the other. */
export function stunKey(id: { transactionWords(each: (word: number) => void): void }): number {
  let hash = STUN;
  id.transactionWords((word) => {
    hash = withHex(hash, word);
  });
  return hash;
}

/** As `stunKey` of an id of three words. */
export function stunKeyOf(word0: number, word1: number, word2: number): number {
  return withHex(withHex(withHex(STUN, word0), word1), word2);
}

/** The key with the eight hex digits of a word behind it. */
function withHex(key: number, word: number): number {
  let hash = key;
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (word >>> shift) & 15;
    hash = Math.imul(hash ^ (digit < 10 ? 0x30 + digit : 0x57 + digit), PRIME);
  }
  return hash;
}

const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
const STUN = identityKey("stun:");
