/** One document of a file, as text. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
}

const marker = /^---(?=[ \t\r\n]|$)/;

/**
 * Cuts YAML at its document markers, as the renderer does. The line of a marker belongs to the document that it begins.
 * What stands before the first marker is a chunk too.
 */
export function yamlChunks(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  for (let line = 0; line < text.length;) {
    if (marker.test(text.slice(line, line + 4))) {
      if (line > from) chunks.push({ from, to: line });
      from = line;
    }
    const end = text.indexOf('\n', line);
    line = end < 0 ? text.length : end + 1;
  }
  chunks.push({ from, to: text.length });
  return chunks;
}

/** Cuts a text at its JSON values; undefined where it does not hold one JSON object after the other. */
export function jsonChunks(text: string): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  let depth = 0;
  let from = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s{}[\]"]+/g)) {
    if (depth === 0 && token[0] !== '{') return undefined;
    if (depth === 0) from = token.index;
    if (token[0] === '{' || token[0] === '[') depth += 1;
    if (token[0] === '}' || token[0] === ']') depth -= 1;
    if (depth === 0) chunks.push({ from, to: token.index + 1 });
  }
  const isValid = depth === 0 && chunks.every(({ from: start, to }) => isJson(text.slice(start, to)));
  return isValid && chunks.length > 0 ? chunks : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
