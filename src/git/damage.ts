/** The words of Git's (LC_ALL=C) where its own objects or refs are broken, and not the network or the server. */
const patterns: readonly RegExp[] = [
  /object file .* is empty/,
  /loose object .* is corrupt/,
  /packed object .* is corrupt/,
  /(?:corrupt|garbage at end of) (?:loose )?(?:object|pack)/i,
  /inflate: data stream error/,
  /packfile .* (?:is truncated|cannot be accessed|cannot be mapped|does not match|is far too short|claims)/,
  /pack .* (?:not found|index unavailable)|failed to read (?:object|delta)/,
  /index file .* (?:is too small|is corrupt|doesn't match)|(?:bad|wrong) index|non-monotonic index/i,
  /bad (?:object|tree object|blob object|commit object) \S+/i,
  /missing (?:blob|tree|commit|object)|unable to (?:read|parse|find) (?:tree|object|commit|sha1|[0-9a-f]{40})/i,
  /did not send all necessary objects/,
  /unresolved deltas?|delta base .* (?:missing|is bad)/,
  /reference broken|bad ref|invalid sha1 pointer|does not point to a valid object|unable to resolve reference/i,
  /not a git repository/i,
  /bad config|bad line .* in (?:file|config)|unexpected line in .*packed-refs|unterminated line in/i,
  /hash mismatch|sha1 mismatch/i,
  /fatal: (?:could not parse|cannot read) (?:object|commit|tree)|revision walk setup failed/i,
];

/** Whether Git failed because the mirror itself is damaged. */
export function isDamage(stderr: string): boolean {
  return patterns.some((pattern) => pattern.test(stderr));
}
