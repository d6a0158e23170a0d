import { plumbError } from '../errors.ts';
import { isThisMachine } from './repository-place.ts';

/**
 * Checks the address of a forge's interface for programs as somebody has written it.
 * @throws PlumbError `forge.url-invalid`
 */
export function apiAddress(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw unfit('is no URL');
  if (url.username !== '' || url.password !== '') throw unfit('holds credentials');
  if (url.search !== '' || url.hash !== '') throw unfit('has a query or a fragment');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname))) {
    throw unfit('has to begin with https://; plain http is for this machine alone');
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

function unfit(reason: string): Error {
  return plumbError('forge.url-invalid', `the address of the forge's API ${reason}`);
}
