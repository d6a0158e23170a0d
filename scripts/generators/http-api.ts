// docs/openapi.json, from the routes of the HTTP API.
import { describeApi } from '../../src/server/index.ts';
import { ownVersion } from '../../src/cli/version.ts';

/** The content of the document. */
export async function generate(): Promise<Record<string, string>> {
  const document = await describeApi(ownVersion());
  return { 'docs/openapi.json': `${JSON.stringify(document, null, 2)}\n` };
}
