import { PlumbError, plumbError } from '../errors.ts';

/** What OpenSSL and Node call a certificate that does not hold. */
const certificateCodes =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)|ERR_OSSL_|HOSTNAME_MISMATCH)/;

/** Says what a request failed of, in the words of the catalogue. */
export function transportFailure(error: unknown, host: string): PlumbError {
  const known = withinChain(error, (each) => (each instanceof PlumbError ? each : undefined));
  if (known !== undefined) return known;
  const code = withinChain(error, codeOf) ?? '';
  const message = error instanceof Error && error.message !== '' ? error.message : code;
  if (certificateCodes.test(code))
    return plumbError('registry.certificate', `the certificate of ${host} is not accepted: ${message}`, {
      cause: error,
    });
  const reason = code === '' || message.includes(code) ? message : `${message} (${code})`;
  return plumbError('registry.unreachable', `${host} did not answer: ${reason}`, { cause: error });
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Looks an error through, with its causes and the parts of an AggregateError. */
function withinChain<T>(error: unknown, look: (error: Error) => T | undefined): T | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; depth += 1) {
    const found = look(each);
    if (found !== undefined) return found;
    each = each instanceof AggregateError ? each.errors[0] : each.cause;
  }
  return undefined;
}
