import type { Review } from './types.ts';

/** The newest word of each reviewer. A mere comment takes back neither an approval nor a request for changes. */
export function newestReviews(fromOldest: readonly Review[]): readonly Review[] {
  const newest = new Map<string, Review>();
  for (const review of fromOldest) {
    const before = newest.get(review.reviewer);
    if (review.state === 'commented' && before !== undefined && before.state !== 'commented') continue;
    newest.set(review.reviewer, review);
  }
  return [...newest.values()];
}
