/** What a server asks for in `WWW-Authenticate`. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

const word = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const parameter = /\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;

/** Reads the first challenge that can be answered; a token is preferred to sending the password each time. */
export function parseChallenge(header: string): Challenge | undefined {
  const found = challenges(header);
  const bearer = found.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer !== undefined)
    return {
      scheme: 'bearer',
      realm: bearer.parameters.get('realm') ?? '',
      service: bearer.parameters.get('service'),
    };
  return found.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface Parsed {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

function challenges(header: string): readonly Parsed[] {
  const found: Parsed[] = [];
  let at = 0;
  while (at < header.length) {
    parameter.lastIndex = at;
    const match = parameter.exec(header);
    const last = found.at(-1);
    if (match !== null && last !== undefined) {
      const [, name = '', quoted, plain] = match;
      last.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
      at = parameter.lastIndex;
      continue;
    }
    word.lastIndex = at;
    const scheme = word.exec(header);
    if (scheme !== null) found.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
    at = scheme === null ? at + 1 : word.lastIndex;
  }
  return found;
}
