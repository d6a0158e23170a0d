import { decodeJwt, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { PlumbError, plumbError } from '../../../errors.ts';

/** By what an id token is judged. */
export interface IdTokenRules {
  readonly issuer: string;
  /** Clients for which it may be made. */
  readonly audiences: readonly string[];
  readonly keys: JWTVerifyGetKey;
  readonly now: () => number;
}

/** Seconds by which the clocks of the issuer and this machine may differ. */
export const clockTolerance = 30;
/** Seconds: no id token is believed longer than this, whatever it says. */
const oldest = 24 * 60 * 60;

/** Nothing that is made with a shared secret, and never `none`. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * Whether a token says that it is of this issuer. Nothing is believed of it: this only chooses who is to judge it.
 */
export function claimsToBeOf(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

/**
 * The claims of an id token of the issuer for one of the clients, that is good now.
 * @throws PlumbError `auth.required`; `auth.unavailable` where the keys of the issuer cannot be had
 */
export async function verifyIdToken(token: string, rules: IdTokenRules): Promise<JWTPayload> {
  const { issuer, audiences, keys, now } = rules;
  const currentDate = new Date(now());
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: [...audiences],
      algorithms,
      clockTolerance,
      currentDate,
      maxTokenAge: oldest,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    checkKind(protectedHeader.typ, payload);
    checkParty(payload, audiences);
    return payload;
  } catch (error) {
    throw refusal(error);
  }
}

/** An access, refresh or logout token of the same issuer may have the same audience, and is for somebody else. */
function checkKind(typ: string | undefined, payload: JWTPayload): void {
  const kind = payload['typ'];
  const isOther = typeof kind === 'string' && /^(?:Bearer|Refresh|Offline|Logout)$/i.test(kind);
  if ((typ !== undefined && typ.toUpperCase() !== 'JWT') || isOther || payload['events'] !== undefined) {
    throw plumbError('auth.required', 'the token is no id token');
  }
}

function checkParty({ aud, azp, sub }: JWTPayload, audiences: readonly string[]): void {
  const isForOthers = Array.isArray(aud) && aud.length > 1;
  const isAuthorized = typeof azp === 'string' ? audiences.includes(azp) : azp === undefined && !isForOthers;
  if (!isAuthorized || sub?.trim() === '') throw plumbError('auth.required', 'the id token is for another client');
}

/** What is wrong, in words that quote nothing of the token. */
function refusal(error: unknown): Error {
  if (error instanceof PlumbError) return error;
  if (!(error instanceof errors.JOSEError) || isOfKeys(error)) {
    return plumbError('auth.unavailable', 'the keys of the OIDC issuer cannot be had');
  }
  if (error instanceof errors.JWTExpired) return plumbError('auth.required', 'the id token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return plumbError('auth.required', `the id token is not good here: see its claim ${error.claim}`);
  }
  return plumbError('auth.required', 'the id token is not signed by the OIDC issuer');
}

/** What goes wrong with fetching keys, and not with the token. */
function isOfKeys({ code }: errors.JOSEError): boolean {
  return [errors.JOSEError.code, errors.JWKSInvalid.code, errors.JWKSTimeout.code].includes(code);
}
