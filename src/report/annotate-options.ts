import type { RawOption } from "../capture/pcapng-options.ts";

/** How an option's value is made, as far as a copy of it must know. */
interface Form {
  /** Whether a value is one: readers refuse a whole file for an option of a wrong length. */
  readonly fits: (value: Uint8Array) => boolean;
  /** Where numbers in the section's byte order stand, and how many bytes each has. */
  readonly from?: number;
  readonly to?: number;
  readonly width?: number;
}

const text: Form = { fits: ({ length }) => length > 0 };
const bytes = (wanted: number): Form => ({ fits: ({ length }) => length === wanted });
const numbers = (width: number, count = 1): Form => ({
  fits: ({ length }) => length === width * count,
  from: 0,
  to: width * count,
  width,
});

/** A custom option that may be copied: the number of an enterprise, then whatever that says. */
const custom: Form = { fits: ({ length }) => length >= 4, from: 0, to: 4, width: 4 };

/** Options of any block (draft-ietf-opsawg-pcapng, section 3.5); 19372 and 19373 ask not to be copied. */
const ANYWHERE: readonly (readonly [number, Form])[] = [
  [1, text], // opt_comment
  [2988, custom],
  [2989, custom],
];

/** Length of a hash by its algorithm, the byte before it; of the first two it is not said. */
const HASH_LENGTHS = [undefined, undefined, 4, 16, 20, 4] as const;

const hash: Form = {
  fits: (value) => {
    const algorithm = value[0] ?? HASH_LENGTHS.length;
    const wanted = HASH_LENGTHS[algorithm];
    if (wanted === undefined) return algorithm < 2 && value.length > 1;
    return value.length === 1 + wanted;
  },
};

/** Section 4.1. */
const SECTION = new Map<number, Form>([
  ...ANYWHERE,
  [2, text], // shb_hardware
  [3, text], // shb_os
  [4, text], // shb_userappl
]);

/** Section 4.2, but for name, description, and what says how times are to be read: those are written anew. */
const INTERFACE = new Map<number, Form>([
  ...ANYWHERE,
  [4, bytes(8)], // if_IPv4addr
  [5, bytes(17)], // if_IPv6addr
  [6, bytes(6)], // if_MACaddr
  [7, bytes(8)], // if_EUIaddr
  [8, numbers(8)], // if_speed
  [11, { fits: (value) => value.length > 1 && value[0] === 0 }], // if_filter, as text
  [12, text], // if_os
  [13, bytes(1)], // if_fcslen
  [15, text], // if_hardware
  [16, numbers(8)], // if_txspeed
  [17, numbers(8)], // if_rxspeed
]);

/** Of the obsolete packet block (appendix A). */
const OBSOLETE_PACKET = new Map<number, Form>([
  [1, text],
  [2, numbers(4)], // pack_flags
  [3, hash], // pack_hash
]);

/** Section 4.3. */
const PACKET = new Map<number, Form>([
  ...ANYWHERE,
  [2, numbers(4)], // epb_flags
  [3, hash], // epb_hash
  [4, numbers(8)], // epb_dropcount
  [5, numbers(8)], // epb_packetid
  [6, numbers(4)], // epb_queue
  // epb_verdict: 0 is followed by bytes of the hardware, 1 and 2 by a number of the kernel's
  [7, { fits: (value) => value[0] === 0 && value.length > 1 }],
  [8, numbers(4, 2)], // epb_processid_threadid
]);

const KERNEL_VERDICT: Form = {
  fits: ({ length }) => length === 9,
  from: 1,
  to: 9,
  width: 8,
};

/** Section 4.6, but for the times of start and end, which are written anew. */
const STATISTICS = new Map<number, Form>([
  ...ANYWHERE,
  [4, numbers(8)], // isb_ifrecv
  [5, numbers(8)], // isb_ifdrop
  [6, numbers(8)], // isb_filteraccept
  [7, numbers(8)], // isb_osdrop
  [8, numbers(8)], // isb_usrdeliv
]);

/** Section 4.5: of the server that told the names. */
const NAMES = new Map<number, Form>([
  ...ANYWHERE,
  [2, text], // ns_dnsname
  [3, bytes(4)], // ns_dnsIP4addr
  [4, bytes(16)], // ns_dnsIP6addr
]);

const SECRETS = new Map<number, Form>(ANYWHERE);

export type OptionsOf =
  "section" | "interface" | "packet" | "obsolete packet" | "statistics" | "names" | "secrets";

const FORMS: Readonly<Record<OptionsOf, ReadonlyMap<number, Form>>> = {
  section: SECTION,
  interface: INTERFACE,
  packet: PACKET,
  "obsolete packet": OBSOLETE_PACKET,
  statistics: STATISTICS,
  names: NAMES,
  secrets: SECRETS,
};

/** Those options of a block that its copy in a little-endian section can have, as they are there. */
export function carriedOptions(
  of: OptionsOf,
  options: readonly RawOption[],
  littleEndian: boolean,
): RawOption[] {
  return options.flatMap(({ code, value }) => {
    const known = FORMS[of].get(code);
    const form = of === "packet" && code === 7 && isKernelVerdict(value) ? KERNEL_VERDICT : known;
    if (form === undefined || !form.fits(value)) return [];
    return [{ code, value: littleEndian ? value : turned(value, form) }];
  });
}

function isKernelVerdict(value: Uint8Array): boolean {
  return value[0] === 1 || value[0] === 2;
}

/** With its numbers in the other byte order. */
function turned(value: Uint8Array, { from = 0, to = 0, width = 1 }: Form): Uint8Array {
  const copy = value.slice();
  for (let at = from; at < to; at += width) copy.subarray(at, at + width).reverse();
  return copy;
}
