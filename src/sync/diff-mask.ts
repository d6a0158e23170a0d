type Fields = Readonly<Record<string, unknown>>;

/**
 * Makes a function that takes the values out of Secrets. All objects of one diff go through the same
 * one: equal values get equal masks, so that a change shows, and not what it is.
 */
export function maskSecrets(): (object: Fields) => Fields {
  const masks = new Map<string, string>();
  const maskOf = (value: unknown): string => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const mask = masks.get(text) ?? `*** (value ${masks.size + 1})`;
    masks.set(text, mask);
    return mask;
  };
  const maskAll = (values: unknown): unknown => {
    if (values === null || typeof values !== 'object' || Array.isArray(values)) {
      return values === undefined ? undefined : maskOf(values);
    }
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, maskOf(value)]));
  };
  return (object) => {
    if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
    const masked: Record<string, unknown> = { ...object };
    for (const field of ['data', 'stringData']) {
      if (object[field] !== undefined) masked[field] = maskAll(object[field]);
    }
    return masked;
  };
}
