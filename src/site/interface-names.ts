interface SeenInterface {
  readonly interfaceName: string | undefined;
  readonly interfaceDescription?: string | undefined;
  readonly interfaceIndex?: number | undefined;
}

/**
 * What markers may call the interface that a packet was seen on: the name and the description that the capture gives it,
 * and `ifindex-3`, where it is a capture of all interfaces of a Linux host, which tells of each packet the index of its own
 * (LINKTYPE_LINUX_SLL2).
 */
export function interfaceNames(seen: SeenInterface): string[] {
  const { interfaceName, interfaceDescription, interfaceIndex } = seen;
  return [interfaceName, interfaceDescription, indexName(interfaceIndex)].filter(
    (name) => name !== undefined,
  );
}

/** The name that tells most; undefined for an interface without any. */
export function interfaceName(seen: SeenInterface): string | undefined {
  return indexName(seen.interfaceIndex) ?? seen.interfaceName ?? seen.interfaceDescription;
}

/** What markers call an interface that is known by its index alone. */
export function indexName(index: number | undefined): string | undefined {
  return index === undefined || index === 0 ? undefined : `ifindex-${index}`;
}
