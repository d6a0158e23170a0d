/** What each one leads to. */
export type Edges = (id: string) => Iterable<string>;

/** All that one leads to over any number of steps; itself only where a way leads back to it. */
export function reachableFrom(id: string, edges: Edges): Set<string> {
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of edges(next)) {
      if (found.has(target)) continue;
      found.add(target);
      open.push(target);
    }
  }
  return found;
}

/** All that lie on a ring together with this one; empty where it lies on none. */
export function knotOf(id: string, forward: Edges, backward: Edges): Set<string> {
  const leading = reachableFrom(id, backward);
  return new Set([...reachableFrom(id, forward)].filter((member) => leading.has(member)));
}

/** Has a ring begin with its smallest member, so that all of its members name it alike. */
function turned(ring: readonly string[]): string[] {
  const [smallest] = ring.toSorted();
  const at = smallest === undefined ? 0 : ring.indexOf(smallest);
  return [...ring.slice(at), ...ring.slice(0, at)];
}

/** A shortest ring that this one lies on, each member once; undefined where it lies on none. */
export function ringThrough(id: string, edges: Edges): string[] | undefined {
  const cameFrom = new Map<string, string>();
  // What is added to a Set while it is walked is walked too: a search in breadth.
  const open = new Set([id]);
  for (const from of open) {
    for (const target of edges(from)) {
      if (target === id) return turned(backFrom(from, id, cameFrom));
      if (open.has(target)) continue;
      cameFrom.set(target, from);
      open.add(target);
    }
  }
  return undefined;
}

function backFrom(last: string, first: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const ring = [last];
  for (let at = last; at !== first;) {
    at = cameFrom.get(at) ?? first;
    ring.unshift(at);
  }
  return ring;
}
