import { plumbError } from '../../errors.ts';
import { bearerOf } from './bearer.ts';
import type { TokenReviewer } from './token-review.ts';
import type { Authenticate } from './types.ts';

/** The ways in which somebody can prove who they are. */
export interface AuthenticateOptions {
  /** Kubernetes bearer tokens. */
  readonly tokens: TokenReviewer;
}

/** Finds out who sent a request, by the one credential that it shows. */
export function createAuthenticate({ tokens }: AuthenticateOptions): Authenticate {
  return async (request) => {
    const token = bearerOf(request);
    if (token === undefined) throw plumbError('auth.required', 'nobody is signed in');
    return tokens.review(token);
  };
}
