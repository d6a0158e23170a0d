// docs/openapi.json, from the routes of the HTTP API, and the types of the client, from that document.
import { describeApi } from '../../src/server/index.ts';
import { ownVersion } from '../../src/cli/version.ts';
import { openApiTypes } from '../lib/openapi-types.ts';

/** The content of the two files. */
export async function generate(): Promise<Record<string, string>> {
  const document = await describeApi(ownVersion());
  return {
    'docs/openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'src/client/schema.ts': openApiTypes(document),
  };
}
