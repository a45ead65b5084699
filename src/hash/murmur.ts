/** One round of MurmurHash3's body: mixes a word of 32 bits into a hash. */
export function mix(hash: number, word: number): number {
  const value = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((value << 15) | (value >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** MurmurHash3's end: every bit of the answer depends on all of the word's. */
export function finish(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
