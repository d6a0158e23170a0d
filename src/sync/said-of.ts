/**
 * Of a live value what a desired one speaks of: fields that it leaves out are the server's business, which fills them in
 * anew where the object is made anew.
 */
export function saidOf(live: unknown, desired: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(desired) && live.length === desired.length)
    return live.map((item, index) => saidOf(item, desired[index]));
  if (!isMap(live) || !isMap(desired)) return live;
  return Object.fromEntries(
    Object.keys(live)
      .filter((name) => name in desired)
      .map((name) => [name, saidOf(live[name], desired[name])]),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
